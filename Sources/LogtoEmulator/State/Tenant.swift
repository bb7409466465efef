import Documents
import Values

/// Everything that a tenant of Logto stores, without keys and sessions.
///
/// Changing it is done in two steps everywhere: look whether the change is allowed, then make it,
/// so that a refused call leaves nothing behind.
struct Tenant: Sendable {
    let id = "default"
    /// The resource whose tokens open the Management API: a name, not an address.
    let managementIndicator = "https://default.logto.app/api"

    var organizations = Table<Organization>()
    var users = Table<User>()
    var organizationRoles = Table<OrganizationRole>()
    var organizationScopes = Table<OrganizationScope>()
    var resources = Table<Resource>()
    var resourceScopes = Table<ResourceScope>()
    var roles = Table<TenantRole>()
    var applications = Table<Application>()

    var invitations = Table<Invitation>()

    /// What the `order` of the next person or invitation will be.
    private(set) var nextOrder = 0

    /// Organization → people.
    var members = Relation<ExactText>()
    /// (Organization, person) → organization roles.
    var memberRoles = Relation<Seat>()
    /// Organization → applications.
    var machines = Relation<ExactText>()
    /// (Organization, application) → organization roles.
    var machineRoles = Relation<Seat>()
    /// Organization role → organization scopes.
    var roleOrganizationScopes = Relation<ExactText>()
    /// Organization role → scopes of API resources.
    var roleResourceScopes = Relation<ExactText>()
    /// Person → tenant roles.
    var userRoles = Relation<ExactText>()
    /// Application → tenant roles.
    var applicationRoles = Relation<ExactText>()
    /// Tenant role → scopes of API resources.
    var tenantRoleScopes = Relation<ExactText>()
    /// Invitation → organization roles.
    var invitationRoles = Relation<ExactText>()
    /// Organization → domains whose people join it when they sign up.
    var jitDomains = Relation<ExactText>()
    /// Organization → roles that they get.
    var jitRoles = Relation<ExactText>()
}

extension Tenant {
    /// Adds a person behind the others.
    mutating func putNewUser(_ user: User) {
        users.put(user)
        countOne()
    }

    /// Moves on to the next `order`.
    mutating func countOne() {
        nextOrder += 1
    }

    /// The resource of an indicator, byte for byte.
    func resource(indicator: String) -> Resource? {
        resources.all.first { $0.indicator.isExactly(indicator) }
    }

    /// The organization role of a name, byte for byte.
    func organizationRole(named name: String) -> OrganizationRole? {
        organizationRoles.all.first { $0.name.isExactly(name) }
    }

    /// The organizations of a person, by id.
    func organizations(of user: String) -> [Organization] {
        members.lefts(of: user).sorted().compactMap { organizations[$0.text] }
    }

    /// The roles of a seat, by id.
    func organizationRoles(of ids: [String]) -> [OrganizationRole] {
        ids.compactMap { organizationRoles[$0] }
    }

    /// The organization scopes that roles give, each once, by id.
    func organizationScopes(of roles: [String]) -> [OrganizationScope] {
        var ids: Set<ExactText> = []
        for role in roles {
            ids.formUnion(roleOrganizationScopes.rights(of: role).map(ExactText.init))
        }
        return ids.sorted().compactMap { organizationScopes[$0.text] }
    }
}

// What the foreign keys of the database do when a row goes.
extension Tenant {
    /// Removes an organization with its memberships and role assignments.
    mutating func removeOrganization(_ id: String) -> Bool {
        guard organizations.remove(id) else { return false }
        let key = ExactText(id)
        members.removeAll(of: key)
        machines.removeAll(of: key)
        jitDomains.removeAll(of: key)
        jitRoles.removeAll(of: key)
        removeInvitations { $0.organizationID.isExactly(id) }
        memberRoles.removeAll { $0.organization == key }
        machineRoles.removeAll { $0.organization == key }
        return true
    }

    /// Removes a person from an organization, with the roles held there.
    mutating func removeMember(_ user: String, of organization: String) -> Bool {
        guard members.remove(organization, user) else { return false }
        memberRoles.removeAll(of: Seat(organization, user))
        return true
    }

    /// Removes an application from an organization, with the roles held there.
    mutating func removeMachine(_ application: String, of organization: String) -> Bool {
        guard machines.remove(organization, application) else { return false }
        machineRoles.removeAll(of: Seat(organization, application))
        return true
    }

    /// Removes a person with every membership and role.
    mutating func removeUser(_ id: String) -> Bool {
        guard users.remove(id) else { return false }
        let key = ExactText(id)
        members.removeEverywhere(id)
        memberRoles.removeAll { $0.holder == key }
        userRoles.removeAll(of: key)
        removeInvitations {
            $0.inviterID?.isExactly(id) == true || $0.acceptedUserID?.isExactly(id) == true
        }
        return true
    }

    /// Removes an organization role from the template and from everybody who holds it.
    mutating func removeOrganizationRole(_ id: String) -> Bool {
        guard organizationRoles.remove(id) else { return false }
        memberRoles.removeEverywhere(id)
        machineRoles.removeEverywhere(id)
        invitationRoles.removeEverywhere(id)
        jitRoles.removeEverywhere(id)
        roleOrganizationScopes.removeAll(of: id)
        roleResourceScopes.removeAll(of: id)
        return true
    }

    /// Removes an organization scope from the template and from every role.
    mutating func removeOrganizationScope(_ id: String) -> Bool {
        guard organizationScopes.remove(id) else { return false }
        roleOrganizationScopes.removeEverywhere(id)
        return true
    }

    /// Removes a scope of an API and takes it out of every role.
    mutating func removeResourceScope(_ id: String) -> Bool {
        guard resourceScopes.remove(id) else { return false }
        roleResourceScopes.removeEverywhere(id)
        tenantRoleScopes.removeEverywhere(id)
        return true
    }

    /// Removes an API with its scopes.
    mutating func removeResource(_ id: String) -> Bool {
        guard resources.remove(id) else { return false }
        for scope in resourceScopes.sorted where scope.resourceID.isExactly(id) {
            _ = removeResourceScope(scope.id)
        }
        return true
    }

    /// Removes a tenant role from everybody who holds it.
    mutating func removeRole(_ id: String) -> Bool {
        guard roles.remove(id) else { return false }
        userRoles.removeEverywhere(id)
        applicationRoles.removeEverywhere(id)
        tenantRoleScopes.removeAll(of: id)
        return true
    }

    /// Removes an application with every membership and role.
    mutating func removeApplication(_ id: String) -> Bool {
        guard applications.remove(id) else { return false }
        let key = ExactText(id)
        machines.removeEverywhere(id)
        machineRoles.removeAll { $0.holder == key }
        applicationRoles.removeAll(of: key)
        return true
    }
}
