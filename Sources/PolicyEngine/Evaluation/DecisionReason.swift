/// Why a request is refused: one stable code for each cause.
package enum DecisionReason: String, Sendable, CaseIterable {
    /// No route matches method, host and path.
    case noRoute = "no-route"
    /// `CONNECT` and `TRACE` are never routed.
    case methodNotAllowed = "method-not-allowed"
    /// The route needs a token and the request has none.
    case unauthenticated = "unauthenticated"
    /// The token is genuine, but of a kind or for an audience that the route does not take.
    case tokenNotAccepted = "token-not-accepted"
    /// The header that must name the organization is absent, repeated or no organization id.
    case noOrganization = "no-organization"
    /// The route belongs to an organization and the token names none.
    case organizationRequired = "organization-required"
    /// The organization awaits its deletion.
    case organizationPendingDeletion = "organization-pending-deletion"
    /// The request is for another organization than the token.
    case otherOrganization = "other-organization"
    /// A deny rule holds.
    case denied = "denied"
    /// No allow rule holds.
    case notPermitted = "not-permitted"
    /// A rule or an obligation could not be computed.
    case policyError = "policy-error"

    /// Stable name: log field, metric label and `code` member of the answer.
    package var code: String { rawValue }

    /// The status of the answer under these defaults.
    package func status(_ defaults: PolicyDefaults) -> Int {
        switch self {
        case .noRoute: defaults.unmatchedStatus
        case .methodNotAllowed: 405
        case .unauthenticated, .tokenNotAccepted: 401
        case .noOrganization: 400
        case .organizationRequired, .organizationPendingDeletion, .policyError: 403
        case .otherOrganization: defaults.hidesOtherOrganizations ? 404 : 403
        case .denied, .notPermitted: defaults.denyStatus
        }
    }

    /// The setting of the policy that changes the status or the refusal itself; nil where none does.
    package var setting: String? {
        switch self {
        case .noRoute: "defaults.unmatched"
        case .methodNotAllowed, .unauthenticated, .organizationPendingDeletion, .policyError: nil
        case .tokenNotAccepted: "tokens, audience"
        case .noOrganization, .organizationRequired: "organization"
        case .otherOrganization: "defaults.hide_other_organizations"
        case .denied, .notPermitted: "defaults.deny_status"
        }
    }
}
