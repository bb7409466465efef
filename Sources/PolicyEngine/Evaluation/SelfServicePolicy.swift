import Values

/// Who may use the built-in organization actions, decided by the rules that guard routes.
package struct SelfServicePolicy: Sendable {
    /// A role of the template that the invariants of self-service know.
    package struct Role: Sendable, Equatable {
        /// The name that policies use.
        package let name: String
        /// The name in Logto's organization template.
        package let logto: String
        /// Whether only its holders may give it.
        package let isProtected: Bool
        /// How many members must hold it.
        package let minimum: Int
    }

    /// The name of the file.
    package let name: String
    /// The roles that the invariants know.
    package let roles: [Role]
    /// The rules of all actions; `Decision.rule` is an index into it.
    package let rules: [RuleFacts]

    let vocabulary: Vocabulary
    let actions: [ExactText: Int]
    let tables: RuleTables

    /// The actions that the file opens, sorted.
    package var openActions: [String] { actions.keys.sorted().map(\.text) }

    /// Whether the file names the action; one that it does not name does not exist (404).
    package func opens(_ action: String) -> Bool { actions[ExactText(action)] != nil }

    /// Decides an action.
    ///
    /// - Parameter principal: the caller with the permissions and roles that count for the action: the
    ///   live ones for a mutation.
    package func decide(action: String, as principal: Principal?) -> Decision {
        guard let number = actions[ExactText(action)] else { return .refused(.noRoute, match: nil) }
        let match = RouteMatch(route: number, pattern: -1)
        let route = tables.routes[number]
        guard let principal else { return .refused(.unauthenticated, match: match) }
        guard principal.vocabulary === vocabulary else {
            return .refused(.policyError, match: match)
        }
        guard principal.audience >= -1 else {
            return .refused(.tokenNotAccepted, match: match)
        }
        let isOfOrganization = route.organization != .none
        if isOfOrganization, !principal.hasOrganization {
            return .refused(.organizationRequired, match: match)
        }
        let standing = RuleTables.Standing(
            principal: principal,
            isForeign: false,
            isMember: isOfOrganization && !principal.facts.isStranger,
            counts: isOfOrganization || !principal.hasOrganization
        )
        return tables.judge(
            route,
            match,
            isOfOrganization ? .token : .none,
            standing,
            method: nil,
            trace: nil
        )
    }

    /// The rule that decided; nil where none did.
    package func because(_ decision: Decision) -> RuleFacts? {
        decision.rule.map { rules[$0] }
    }
}
