package import PolicyEngine

/// What the rules say about an action.
package enum ActionVerdict: Equatable, Sendable {
    /// A rule allows it.
    case allowed
    /// No rule allows it, or one denies it.
    case denied
    /// No file mentions the action: the route does not exist.
    case notOffered
}

/// Asks the rules in force at this moment.
package typealias ActionPolicy =
    @Sendable (_ action: SelfServiceAction, _ principal: PrincipalFacts) -> ActionVerdict
