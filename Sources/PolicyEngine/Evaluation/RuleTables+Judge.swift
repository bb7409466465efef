import Values

/// The verdict of rules on a caller: the part of a decision that routes and self-service share.
extension RuleTables {
    /// What one rule says about a caller.
    enum Verdict: Sendable, Equatable {
        case holds
        case fails
        /// A condition could not be computed: an allow rule then grants nothing, a deny rule denies.
        case errs
    }

    /// The caller's place in a request: fixed before any rule is looked at.
    struct Standing {
        let principal: Principal?
        /// Whether the organization of the request is not the token's.
        let isForeign: Bool
        /// Whether the token names the organization of the request.
        let isMember: Bool
        /// Whether permissions and roles count in allow rules.
        let counts: Bool
    }

    /// Deny rules, then allow rules.
    func judge(
        _ route: Route,
        _ match: RouteMatch,
        _ place: Decision.OrganizationPlace,
        _ standing: Standing,
        method: HTTPMethod?,
        trace: DecisionTrace?
    ) -> Decision {
        var shadowDeny = -1
        var shadowAllow = -1
        for position in route.deny.range {
            let number = Int(ruleNumbers[position])
            guard applies(number, to: method) else { continue }
            let verdict = denies(number, standing)
            trace?.note(.deny(rule: number, verdict))
            guard verdict != .fails else { continue }
            if rules[number].isShadow {
                if shadowDeny < 0 { shadowDeny = number }
                continue
            }
            return .refused(verdict == .holds ? .denied : .policyError, match: match, rule: number)
        }
        var granting = -1
        var erring = -1
        for position in route.allow.range {
            let number = Int(ruleNumbers[position])
            let verdict = allows(number, route, standing)
            trace?.note(.allow(rule: number, verdict))
            if rules[number].isShadow {
                if verdict == .holds, shadowAllow < 0 { shadowAllow = number }
                continue
            }
            if verdict == .errs, erring < 0 { erring = number }
            if verdict == .holds {
                granting = number
                break
            }
        }
        guard granting >= 0 else {
            let shadow: Decision.Shadow =
                shadowAllow >= 0 && shadowDeny < 0 ? .allow(rule: shadowAllow) : .same
            return .refused(
                reasonOfNoGrant(standing, erred: erring >= 0),
                match: match,
                rule: erring >= 0 ? erring : nil,
                shadow: shadow
            )
        }
        return Decision(
            reason: nil,
            route: match.route,
            rule: granting,
            obligations: Int(rules[granting].obligations),
            shadow: shadowDeny >= 0 ? .deny(rule: shadowDeny) : .same,
            organization: place,
            pattern: match.pattern
        )
    }

    private func reasonOfNoGrant(_ standing: Standing, erred: Bool) -> DecisionReason {
        if standing.principal == nil { return .unauthenticated }
        // SECURITY: who may not cross learns nothing about an organization that is not theirs.
        if standing.isForeign { return .otherOrganization }
        return erred ? .policyError : .notPermitted
    }

    /// Whether the project lets this caller use the crossing rule of the route.
    func mayCross(_ caller: Principal, _ route: Route) -> Bool {
        guard route.crossingRule >= 0 else { return false }
        if route.crossingTakesMachines, caller.facts.kind == .machine { return true }
        guard caller.hasOrganization else { return false }
        for position in route.crossingOrigins.range {
            let origin = crossingOrigins[position]
            guard Int(origin.count) == caller.organizationBytes.count else { continue }
            var isSame = true
            for index in 0..<Int(origin.count)
            where text[Int(origin.start) + index] != caller.organizationBytes[index] {
                isSame = false
            }
            if isSame { return true }
        }
        return false
    }

    /// Whether a deny rule is not narrowed to other methods.
    private func applies(_ number: Int, to method: HTTPMethod?) -> Bool {
        let methods = rules[number].methods
        guard methods.count > 0 else { return true }
        guard let method else { return false }
        for position in methods.range
        where methodNames[position] == method {
            return true
        }
        return false
    }

    private func denies(_ number: Int, _ standing: Standing) -> Verdict {
        let rule = rules[number]
        guard meets(rule, standing) else { return .fails }
        if rule.needsStanding {
            // SECURITY: what a deny rule asks for counts wherever the token has it: a contractor of
            // one organization stays one while crossing into another.
            guard let principal = standing.principal, holds(rule, principal) else { return .fails }
        }
        return conditions(of: rule)
    }

    private func allows(
        _ number: Int,
        _ route: Route,
        _ standing: Standing
    ) -> Verdict {
        let rule = rules[number]
        // SECURITY: the wall. A foreign organization opens to one named rule, and to those whom the
        // project lets cross, or to nobody.
        if standing.isForeign {
            guard Int(route.crossingRule) == number, let caller = standing.principal,
                mayCross(caller, route)
            else { return .fails }
        }
        guard meets(rule, standing) else { return .fails }
        if rule.needsStanding {
            guard standing.counts, let principal = standing.principal, holds(rule, principal)
            else { return .fails }
        }
        return conditions(of: rule)
    }

    /// Whether the rule is for this kind of caller.
    private func meets(_ rule: Rule, _ standing: Standing) -> Bool {
        let kind: Callers =
            switch standing.principal?.facts.kind {
            case nil: .anonymous
            case .user: .user
            case .machine: .machine
            }
        return rule.callers.contains(kind) && (!rule.needsMember || standing.isMember)
    }

    /// Whether the caller has the permissions and the role that the rule asks for.
    private func holds(_ rule: Rule, _ principal: Principal) -> Bool {
        isContained(rule.all, in: principal.permissions)
            && (rule.any.isEmpty || intersects(rule.any, principal.permissions))
            && isContained(rule.role, in: principal.roles)
    }

    /// The place of conditions in CEL. A rule that has some is refused at load until they are built.
    private func conditions(of rule: Rule) -> Verdict {
        rule.conditions.count == 0 ? .holds : .errs
    }
}
