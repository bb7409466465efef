/// The steps of one decision, noted by the decision itself: what an explanation is made of.
package final class DecisionTrace {
    /// What the wall between organizations said.
    package enum Wall: Sendable, Equatable {
        /// The route belongs to no organization.
        case none
        /// The token's organization is the request's.
        case passed
        /// It is another one.
        case foreign
        /// The token names no organization and the route needs one.
        case tokenNamesNone
        /// The request names no organization that could exist.
        case unnamed(DecisionReason)
        /// The organization awaits its deletion.
        case pendingDeletion
    }

    /// One step.
    enum Step: Sendable, Equatable {
        /// The caller cannot be judged on this route.
        case caller(DecisionReason)
        case wall(Wall)
        case deny(rule: Int, RuleTables.Verdict)
        case allow(rule: Int, RuleTables.Verdict)
    }

    private(set) var steps: [Step] = []

    /// An empty trace.
    package init() {}

    func note(_ step: Step) { steps.append(step) }
}
