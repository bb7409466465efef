import Documents
import Values

extension PolicyExplainer {
    func explanation(
        of answer: Answer,
        _ question: PolicyQuestion,
        _ principal: Principal?,
        _ name: String
    ) -> PolicyExplanation {
        let decision = answer.decision
        var lines = [routeLine(answer, question)]
        for step in answer.trace.steps {
            lines.append(line(step, answer, question, principal, name))
        }
        if decision.reason == .policyError, decision.rule != nil,
            answer.trace.steps.contains(
                where: { if case .allow(_, .holds) = $0 { true } else { false } })
        {
            lines.append(
                .init(
                    stage: "then", name: "", question: "headers of the request",
                    finding: "a value cannot stand in a header", span: nil))
        }
        let rule = snapshot.because(decision)
        return PolicyExplanation(
            isAllowed: decision.isAllowed,
            status: snapshot.status(decision),
            reason: decision.reason?.code,
            because: rule?.id,
            becauseText: rule?.because,
            setting: decision.reason?.setting,
            policy: snapshot.hash,
            lines: lines,
            needed: needed(answer, principal),
            shadow: shadow(decision)
        )
    }

    private func shadow(_ decision: Decision) -> (outcome: String, rule: String)? {
        switch decision.shadow {
        case .same: nil
        case .allow(let rule): ("allow", snapshot.rules[rule].id)
        case .deny(let rule): ("deny", snapshot.rules[rule].id)
        }
    }

    private func routeLine(_ answer: Answer, _ question: PolicyQuestion) -> PolicyExplanation.Line {
        guard let match = answer.match else {
            return .init(
                stage: "route", name: "none", question: "\(question.method) \(question.path)",
                finding: "no route matches method, host and path", span: nil)
        }
        let route = snapshot.routes[match.route]
        let pattern = snapshot.pattern(match)
        let host = route.host.map { " on \($0)" } ?? ""
        return .init(
            stage: "route", name: route.id, question: (pattern?.text ?? "") + host, finding: "",
            span: route.span)
    }

    private func line(
        _ step: DecisionTrace.Step,
        _ answer: Answer,
        _ question: PolicyQuestion,
        _ principal: Principal?,
        _ name: String
    ) -> PolicyExplanation.Line {
        switch step {
        case .caller(let reason):
            return .init(
                stage: "caller", name: name, question: callerQuestion(reason, answer),
                finding: reason.code, span: nil)
        case .wall(let wall):
            return wallLine(wall, answer, question, principal)
        case .deny(let number, let verdict):
            let rule = snapshot.rules[number]
            let shadow = rule.declaration.isShadow ? " (shadow)" : ""
            let finding =
                switch verdict {
                case .holds: "DENIES"
                case .fails: "no"
                case .errs: "ERROR, denies"
                }
            return .init(
                stage: "deny", name: rule.id, question: rule.declaration.requirement,
                finding: finding + shadow, span: rule.span)
        case .allow(let number, let verdict):
            let rule = snapshot.rules[number]
            let shadow = rule.declaration.isShadow ? " (shadow)" : ""
            let finding =
                switch verdict {
                case .holds: "grants"
                case .fails: missing(number, answer, principal, name)
                case .errs: "ERROR, grants nothing"
                }
            return .init(
                stage: "allow", name: rule.id, question: rule.declaration.requirement,
                finding: finding + shadow, span: rule.span)
        }
    }

    private func callerQuestion(_ reason: DecisionReason, _ answer: Answer) -> String {
        switch reason {
        case .unauthenticated: return "a token is needed, there is none"
        case .tokenNotAccepted:
            guard let route = answer.match.map({ snapshot.routes[$0.route] }) else { return "" }
            var kinds: [String] = []
            if route.takesOrganizationTokens { kinds.append("organization tokens") }
            if let audience = route.audience { kinds.append("API tokens for \(audience)") }
            return "the route takes \(kinds.joined(separator: " and "))"
        default: return "the caller was compiled for another rule set"
        }
    }

    private func wallLine(
        _ wall: DecisionTrace.Wall,
        _ answer: Answer,
        _ question: PolicyQuestion,
        _ principal: Principal?
    ) -> PolicyExplanation.Line {
        let route = answer.match.map { snapshot.routes[$0.route] }
        let source = route?.organization.text ?? "none"
        let wanted = organizationText(answer, question)
        let held = principal?.facts.organization?.text ?? "none"
        let question =
            switch wall {
            case .none: "organization none"
            case .passed where source == "token": "token = \(held)"
            case .passed: "\(source) = \(wanted) = principal.organization"
            case .foreign: "\(source) = \(wanted), principal.organization = \(held)"
            case .tokenNamesNone: "\(source), principal.organization = none"
            case .unnamed, .pendingDeletion: "\(source) = \(wanted)"
            }
        let finding =
            switch wall {
            case .none: "not asked"
            case .passed: "passed"
            case .foreign:
                route?.crossingRule.map { "FOREIGN, only \($0) may cross" } ?? "FOREIGN"
            case .tokenNamesNone: "MISSING: the token names no organization"
            case .unnamed(.noOrganization): "MISSING: the header names no organization"
            case .unnamed: "no organization has such an id"
            case .pendingDeletion: "awaits its deletion"
            }
        return .init(stage: "wall", name: "", question: question, finding: finding, span: nil)
    }

    /// What the request names as its organization.
    private func organizationText(_ answer: Answer, _ question: PolicyQuestion) -> String {
        guard let match = answer.match else { return "" }
        switch snapshot.routes[match.route].organization {
        case .none, .token: return ""
        case .header(let name): return question.headers.all(name).joined(separator: ", ")
        case .path(let parameter):
            guard let pattern = snapshot.pattern(match) else { return "" }
            let segments = question.path.dropFirst()
                .split(separator: "/", omittingEmptySubsequences: false)
            for (segment, text) in zip(pattern.segments, segments)
            where segment == .parameter(parameter) {
                return String(text)
            }
            return ""
        }
    }

    /// Why an allow rule does not hold, in a few words.
    private func missing(
        _ number: Int,
        _ answer: Answer,
        _ principal: Principal?,
        _ name: String
    ) -> String {
        let rule = snapshot.tables.rules[number]
        let gap = gap(number, principal)
        if answer.trace.steps.contains(.wall(.foreign)) {
            let route = answer.match.map { snapshot.tables.routes[$0.route] }
            if route.map({ Int($0.crossingRule) != number }) ?? true {
                return "not for a foreign organization"
            }
            if let route, let principal, !snapshot.tables.mayCross(principal, route) {
                return "MISSING (not an organization that may cross)"
            }
        }
        guard let principal else { return "MISSING (no token)" }
        let kind: RuleTables.Callers = principal.facts.kind == .machine ? .machine : .user
        if !rule.callers.contains(kind) { return "not for a \(principal.facts.kind.rawValue)" }
        if gap.isEmpty {
            return rule.needsStanding
                ? "MISSING (a permission counts here only from a token without organization)"
                : "MISSING"
        }
        let held = snapshot.vocabulary.names(ofPermissions: principal.permissions)
        let has = held.isEmpty ? "no permission" : held.joined(separator: ", ")
        return "MISSING (\(name) has \(has))"
    }

    /// The permissions and the role that the caller lacks for a rule.
    private func gap(_ number: Int, _ principal: Principal?) -> [String] {
        let declaration = snapshot.rules[number].declaration
        let vocabulary = snapshot.vocabulary
        func has(_ name: Located<String>) -> Bool {
            vocabulary.permission(name.value).map { principal?.permissions.contains($0) ?? false }
                ?? false
        }
        var gap: [String] = []
        let each = (declaration.permission.map { [$0] } ?? []) + declaration.all
        for permission in each where !has(permission) { gap.append(described(permission.value)) }
        if !declaration.any.isEmpty, !declaration.any.contains(where: has) {
            gap.append(
                "one of " + declaration.any.map { described($0.value) }.joined(separator: ", "))
        }
        if let role = declaration.role {
            let number = vocabulary.role(role.value)
            if !(number.map { principal?.roles.contains($0) ?? false } ?? false) {
                gap.append("role \(role.value)")
            }
        }
        return gap
    }

    /// A permission with the least role that holds it.
    private func described(_ permission: String) -> String {
        guard let number = snapshot.vocabulary.permission(permission) else { return permission }
        let roles = snapshot.vocabulary.roles(holding: number)
        let least = roles.min { $0.lineage.count < $1.lineage.count }
        return least.map { "\(permission) (role \($0.name))" } ?? permission
    }

    /// What would make the decision an allow, one text for each rule that could.
    private func needed(_ answer: Answer, _ principal: Principal?) -> [String] {
        guard let reason = answer.decision.reason, let match = answer.match else { return [] }
        switch reason {
        case .unauthenticated: return ["a token"]
        case .organizationRequired: return ["a token that names the organization"]
        case .noOrganization:
            return ["\(snapshot.routes[match.route].organization.text) with an organization id"]
        case .otherOrganization:
            return ["a token of the organization that the request names"]
        case .notPermitted:
            let route = snapshot.tables.routes[match.route]
            return route.allow.range.compactMap { position in
                let number = Int(snapshot.tables.ruleNumbers[position])
                let rule = snapshot.rules[number]
                guard !rule.declaration.isShadow else { return nil }
                var parts = gap(number, principal)
                let kind: RuleTables.Callers =
                    principal?.facts.kind == .machine ? .machine : .user
                if !snapshot.tables.rules[number].callers.contains(kind) {
                    parts.append("a caller of kind \(kind == .machine ? "user" : "machine")")
                }
                return parts.isEmpty ? nil : parts.joined(separator: ", ")
            }
        default: return []
        }
    }
}
