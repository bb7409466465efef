import Values

// Which scopes a person or a machine owns, with the unions that a real Logto computes.
extension Tenant {
    /// The scopes of an API that a person owns.
    ///
    /// With an organization: those of the roles there, and those of the tenant roles. Without one:
    /// those of the tenant roles, and those of the roles in **every** organization. The reserved
    /// resource owns nothing and gives everything: each organization scope of the template.
    func scopes(of user: String, for indicator: String, in organization: String?) -> [String] {
        if indicator.isExactly(Self.reservedIndicator) { return templateScopes }
        var ids = Set<ExactText>()
        for role in userRoles.rights(of: user) {
            ids.formUnion(tenantRoleScopes.rights(of: role).map(ExactText.init))
        }
        let seats =
            if let organization {
                [Seat(organization, user)]
            } else {
                members.lefts(of: user).map { Seat($0.text, user) }
            }
        for seat in seats {
            for role in memberRoles.rights(of: seat) {
                ids.formUnion(roleResourceScopes.rights(of: role).map(ExactText.init))
            }
        }
        return names(of: ids, for: indicator)
    }

    /// The scopes of an API that a machine owns: of its roles in the organization, or else of its
    /// tenant roles; there is no union for machines.
    func scopes(ofMachine id: String, for indicator: String, in organization: String?) -> [String] {
        if indicator.isExactly(Self.reservedIndicator) { return templateScopes }
        var ids = Set<ExactText>()
        if let organization {
            for role in machineRoles.rights(of: Seat(organization, id)) {
                ids.formUnion(roleResourceScopes.rights(of: role).map(ExactText.init))
            }
        } else {
            for role in applicationRoles.rights(of: id) {
                ids.formUnion(tenantRoleScopes.rights(of: role).map(ExactText.init))
            }
        }
        return names(of: ids, for: indicator)
    }

    /// The organization scopes of a person in an organization.
    func organizationScopes(of user: String, in organization: String) -> [String] {
        organizationScopes(of: memberRoles.rights(of: Seat(organization, user))).map(\.name)
    }

    /// The organization scopes of a machine in an organization.
    func organizationScopes(ofMachine id: String, in organization: String) -> [String] {
        organizationScopes(of: machineRoles.rights(of: Seat(organization, id))).map(\.name)
    }

    /// Every organization scope of the template, by id.
    var templateScopes: [String] { organizationScopes.sorted.map(\.name) }

    /// The resource that is named in a sign-in to ask for organization scopes.
    static let reservedIndicator = "urn:logto:resource:organizations"

    private func names(of ids: Set<ExactText>, for indicator: String) -> [String] {
        guard let resource = resource(indicator: indicator) else { return [] }
        return ids.sorted().compactMap { resourceScopes[$0.text] }
            .filter { $0.resourceID.isExactly(resource.id) }.map(\.name)
    }
}
