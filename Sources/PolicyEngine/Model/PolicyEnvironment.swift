/// What the operator's configuration tells the policy: the names it may use, and what tokens carry.
package struct PolicyEnvironment: Sendable {
    /// The upstreams of `gatehouse.yaml`, in its order; a route's upstream is an index into them.
    package let upstreams: [String]
    /// The API resource indicators of `logto.audiences`.
    package let audiences: [String]
    /// Whether a source of roles is configured (`organization_roles` is not `none`).
    package let rolesKnown: Bool
    /// Whether roles give the permissions and `scope` is ignored (`permissions_from: roles`).
    package let permissionsFromRoles: Bool
    /// The largest request body that the operator allows, in bytes (`limits.body`).
    package let bodyLimit: Int

    /// The environment of one configuration.
    package init(
        upstreams: [String],
        audiences: [String],
        rolesKnown: Bool,
        permissionsFromRoles: Bool,
        bodyLimit: Int = .max
    ) {
        self.upstreams = upstreams
        self.audiences = audiences
        self.rolesKnown = rolesKnown
        self.permissionsFromRoles = permissionsFromRoles
        self.bodyLimit = bodyLimit
    }
}

/// The project's answers where a policy says nothing.
package struct PolicyDefaults: Sendable, Equatable {
    /// Status of a request that no route matches: 404 or 403.
    package var unmatchedStatus = 404
    /// Status of `denied` and `not-permitted`: 403 or 404.
    package var denyStatus = 403
    /// Whether a foreign organization looks like one that does not exist.
    package var hidesOtherOrganizations = true
    /// Whether a refusal tells the caller the `because` of the rule that decided.
    package var tellsReason = false

    /// The defaults of the language.
    package init() {}
}
