import Values

/// A caller compiled for one rule set: bits over its vocabulary, and the values that headers need.
///
/// Made once for each token and rule set (`PolicySnapshot.principal`), so that a decision and the
/// headers it adds build no text.
package final class Principal: Sendable {
    /// The facts it was made from.
    package let facts: PrincipalFacts
    /// The permissions that count (policy-language § 1.5): never more than the token's scopes, except
    /// under `permissions_from: roles`.
    package let permissions: NameBits
    /// The roles that count, with those they extend; none for the application of a third party.
    package let roles: NameBits
    /// The names of `roles`, each before those it extends, in the token's order.
    package let roleNames: [String]

    /// INVARIANT: the bits belong to this vocabulary; an evaluator of another refuses the principal.
    let vocabulary: Vocabulary
    /// Index of the token's audience: −1 for an organization token, −2 for one nobody configured.
    let audience: Int
    let organizationBytes: [UInt8]
    let idBytes: [UInt8]
    let clientBytes: [UInt8]
    /// The lists that templates join, by the number of the join in the rule set.
    let joined: [[UInt8]]
    /// `Gatehouse-…` lines, up to the value of the last one: the name of the request.
    let identityLines: [UInt8]
    /// The members of a decision's log line that name the caller, in JSON.
    package let logMembers: [UInt8]
    /// SECURITY: a value that cannot stand in a header; every allow with it is a `policy-error`.
    let hasUnsafeValue: Bool

    /// Compiles a caller for the vocabulary and the joins of one rule set.
    init(
        _ facts: PrincipalFacts,
        vocabulary: Vocabulary,
        environment: PolicyEnvironment,
        joins: [ListJoin]
    ) {
        self.facts = facts
        self.vocabulary = vocabulary
        let known = facts.roles.map { Self.closure(of: $0, in: vocabulary) }
        // SECURITY: a user's consent to an application of a third party covers scopes, not roles.
        let counted = facts.isFirstParty ? known : nil
        roles = counted?.bits ?? NameBits()
        roleNames = counted?.names ?? []
        permissions = Self.permissions(
            facts,
            known: known?.permissions,
            counted: counted?.permissions,
            vocabulary: vocabulary,
            fromRoles: environment.permissionsFromRoles
        )
        audience =
            switch facts.audience {
            case nil: -1
            case .some(let name): environment.audiences.firstIndex { $0.isExactly(name) } ?? -2
            }
        idBytes = Array(facts.id.text.utf8)
        clientBytes = Array(facts.client.text.utf8)
        organizationBytes = Array((facts.organization?.text ?? "").utf8)
        let permissionNames = vocabulary.names(ofPermissions: permissions)
        let names = roleNames
        joined = joins.map { join in
            let list =
                switch join.list {
                case .permissions: permissionNames
                case .roles: names
                }
            return Array(list.joined(separator: join.separator).utf8)
        }
        let identity = IdentityHeaders(
            user: idBytes,
            organization: organizationBytes,
            client: clientBytes,
            roles: names,
            permissions: permissionNames
        )
        identityLines = identity.lines
        logMembers = Self.logMembers(facts, roles: names)
        hasUnsafeValue = identity.hasUnsafeValue || joined.contains { !HeaderValue.isSafe($0) }
    }

    /// Whether the token names an organization.
    var hasOrganization: Bool { facts.organization != nil }

    private static func logMembers(_ facts: PrincipalFacts, roles: [String]) -> [UInt8] {
        var members: [UInt8] = []
        members.append(text: "\"org\":")
        if let organization = facts.organization {
            JSONText.append(organization.text, to: &members)
        } else {
            members.append(text: "null")
        }
        members.append(text: ",\"principal\":")
        JSONText.append(facts.id.text, to: &members)
        members.append(text: ",\"kind\":")
        JSONText.append(facts.kind.rawValue, to: &members)
        members.append(text: ",\"roles\":[")
        for (index, role) in roles.enumerated() {
            if index > 0 { members.append(UInt8(ascii: ",")) }
            JSONText.append(role, to: &members)
        }
        members.append(UInt8(ascii: "]"))
        return members
    }

    private static func permissions(
        _ facts: PrincipalFacts,
        known: NameBits?,
        counted: NameBits?,
        vocabulary: Vocabulary,
        fromRoles: Bool
    ) -> NameBits {
        if fromRoles { return counted ?? NameBits() }
        var granted = NameBits(facts.scopes.compactMap(vocabulary.permission))
        // A demotion takes effect before the token ends: known roles are a ceiling, whose ever the
        // application is. They never add.
        if let known { granted.formIntersection(known) }
        return granted
    }

    private static func closure(
        of roles: [String],
        in vocabulary: Vocabulary
    ) -> (bits: NameBits, names: [String], permissions: NameBits) {
        var bits = NameBits()
        var names: [String] = []
        var permissions = NameBits()
        for index in roles.compactMap(vocabulary.role) {
            for ancestor in vocabulary.roles[index].lineage where !bits.contains(ancestor) {
                bits.insert(ancestor)
                names.append(vocabulary.roles[ancestor].name)
            }
            permissions.formUnion(vocabulary.roles[index].permissions)
        }
        return (bits, names, permissions)
    }
}
