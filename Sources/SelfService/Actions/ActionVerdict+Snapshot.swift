package import PolicyEngine

extension ActionVerdict {
    /// What a rule set says: default deny, and an action that no file mentions does not exist.
    package init(
        of snapshot: PolicySnapshot, _ action: SelfServiceAction, _ principal: PrincipalFacts
    ) {
        guard let rules = snapshot.selfService, rules.opens(action.rawValue) else {
            self = .notOffered
            return
        }
        let decision = rules.decide(
            action: action.rawValue, as: snapshot.principal(principal)
        )
        self = decision.isAllowed ? .allowed : .denied
    }
}
