/// The answer to "may this caller do this, in this organization?", without any text in it.
///
/// Names come from the snapshot: `PolicySnapshot.because(_:)`.
package struct Decision: Sendable, Equatable {
    /// What the decision would be if shadow rules counted.
    package enum Shadow: Sendable, Equatable {
        /// Shadow rules would change nothing.
        case same
        /// The shadow rule at that index would allow.
        case allow(rule: Int)
        /// The shadow rule at that index would deny.
        case deny(rule: Int)
    }

    /// Where the organization of the request is named.
    enum OrganizationPlace: Sendable, Equatable {
        case none
        case token
        case request(Range<Int>)
    }

    /// Why the request is refused; nil where it is allowed.
    package let reason: DecisionReason?
    /// Index into `PolicySnapshot.routes`; nil where no route matched.
    package let route: Int?
    /// Index into `PolicySnapshot.rules` of the rule that decided; nil where none did.
    package let rule: Int?
    /// Index into `PolicySnapshot.obligations`; nil where the request is refused.
    package let obligations: Int?
    /// What shadow rules would change.
    package let shadow: Shadow
    let organization: OrganizationPlace
    let pattern: Int

    /// Whether the request is allowed.
    package var isAllowed: Bool { reason == nil }

    static func refused(
        _ reason: DecisionReason,
        match: RouteMatch?,
        rule: Int? = nil,
        shadow: Shadow = .same
    ) -> Decision {
        Decision(
            reason: reason,
            route: match?.route,
            rule: rule,
            obligations: nil,
            shadow: shadow,
            organization: .none,
            pattern: match?.pattern ?? -1
        )
    }

    /// The same decision, refused because an obligation could not be computed.
    var withObligationError: Decision {
        Decision(
            reason: .policyError,
            route: route,
            rule: rule,
            obligations: nil,
            shadow: shadow,
            organization: .none,
            pattern: pattern
        )
    }
}
