import Documents
import Values

extension PolicyLinker {
    /// Resolves the names of a rule, gives it its id and adds it to the set.
    mutating func addRule(
        _ declaration: RuleDeclaration,
        _ effect: RuleFacts.Effect,
        defaultID: String,
        hasOrganization: Bool
    ) -> Int {
        let id = declaration.id?.value ?? defaultID
        let span = declaration.id?.span ?? declaration.span
        if let first = ruleSpans[ExactText(id)] {
            // Two routes of one name give their rules equal names; that is one mistake, said once.
            guard declaration.id != nil || !findings.hasError(.duplicateRoute) else {
                return append(
                    resolve(declaration, effect, id: id, hasOrganization: hasOrganization))
            }
            findings.error(
                .duplicateRule,
                "two rules are called `\(id)`",
                at: span,
                labels: [Diagnostic.Label(first, "first here")]
            )
        } else {
            ruleSpans[ExactText(id)] = span
        }
        return append(resolve(declaration, effect, id: id, hasOrganization: hasOrganization))
    }

    private mutating func append(_ rule: LinkedRule) -> Int {
        linked.rules.append(rule)
        return linked.rules.count - 1
    }

    /// Resolves the names of a rule and checks what its keys say together.
    func resolve(
        _ declaration: RuleDeclaration,
        _ effect: RuleFacts.Effect,
        id: String,
        hasOrganization: Bool
    ) -> LinkedRule {
        var rule = LinkedRule(id: id, effect: effect, declaration: declaration)
        rule.all = NameBits(
            ((declaration.permission.map { [$0] } ?? []) + declaration.all)
                .compactMap(permission))
        rule.any = NameBits(declaration.any.compactMap(permission))
        rule.role = declaration.role.flatMap(role)
        switch effect {
        case .allow: checkAllow(declaration, hasOrganization: hasOrganization)
        case .deny:
            if declaration.because == nil {
                findings.warning(
                    .denyWithoutBecause,
                    "a deny rule without `because`",
                    at: declaration.id?.span ?? declaration.span,
                    help: "say why: the text stands in explanations and in the log"
                )
            }
        }
        return rule
    }

    private func checkAllow(_ declaration: RuleDeclaration, hasOrganization: Bool) {
        if !declaration.hasSubject {
            findings.error(
                .ruleWithoutSubject,
                "the rule does not say whom it allows",
                at: declaration.span,
                help: "add `permission`, `any`, `all`, `role`, `members`, `authenticated` or"
                    + " `public`"
            )
        }
        if let isPublic = declaration.isPublic {
            let narrowing =
                declaration.permissions.first?.span ?? declaration.role?.span
                ?? declaration.kind?.span ?? declaration.isAuthenticated?.span
                ?? declaration.needsMember?.span
            if let narrowing {
                findings.error(
                    .publicNarrowed,
                    "`public` means anybody, and the rule asks for more",
                    at: narrowing,
                    labels: [Diagnostic.Label(isPublic.span, "public here")],
                    help: "leave one of the two out: all keys of a rule must hold together"
                )
            }
            if hasOrganization {
                findings.error(
                    .publicNeedsNoOrganization,
                    "a public rule on a route that belongs to an organization",
                    at: isPublic.span,
                    label: "nobody without a token is in an organization",
                    help: "add `organization: none` to the route"
                )
            }
        }
        guard !hasOrganization else { return }
        for (place, what) in [
            (declaration.role?.span, "a role"), (declaration.needsMember?.span, "`members`"),
        ] {
            guard let place else { continue }
            findings.error(
                .ruleNeedsOrganization,
                "\(what) counts only in an organization, and the route has none",
                at: place,
                help: "say with `organization` how requests name theirs"
            )
        }
        if let permission = declaration.permissions.first {
            findings.warning(
                .globalScopeIsAUnion,
                "a permission on a route without an organization",
                at: permission.span,
                label: "counts only from a token that names no organization",
                notes: [
                    "Logto puts the permissions of all the user's organizations in such a token"
                ],
                help: "give the route an organization, or allow `authenticated`"
            )
        }
    }

    /// Warns of rules that can never decide because of an earlier one.
    func checkCovered(_ route: LinkedRoute) {
        for (position, number) in route.allow.enumerated() {
            let rule = linked.rules[number]
            guard !rule.declaration.isShadow, number != route.crossingRule else { continue }
            let covering = route.allow[..<position].first { earlier in
                covers(linked.rules[earlier], rule)
            }
            guard let covering else { continue }
            findings.warning(
                .ruleCovered,
                "the rule `\(rule.id)` never decides",
                at: rule.declaration.span,
                label: "every caller it allows is allowed by `\(linked.rules[covering].id)`",
                labels: [
                    Diagnostic.Label(linked.rules[covering].declaration.span, "the earlier rule")
                ]
            )
        }
        let closing = route.deny.first { number in
            let rule = linked.rules[number]
            return !rule.declaration.isShadow && rule.declaration.methods.isEmpty
                && rule.callers.isSuperset(of: [.user, .machine]) && isUnconditional(rule)
        }
        if let closing, let first = route.allow.first {
            findings.warning(
                .ruleNeverDecides,
                "the allow rules of `\(route.id)` never decide",
                at: linked.rules[first].declaration.span,
                label: "`\(linked.rules[closing].id)` denies everybody first",
                labels: [Diagnostic.Label(linked.rules[closing].declaration.span, "always denies")]
            )
        }
    }

    private func isUnconditional(_ rule: LinkedRule) -> Bool {
        rule.declaration.permissions.isEmpty && rule.declaration.role == nil
            && rule.declaration.needsMember == nil
    }

    private func covers(_ earlier: LinkedRule, _ later: LinkedRule) -> Bool {
        guard !earlier.declaration.isShadow, earlier.callers.isSuperset(of: later.callers),
            earlier.declaration.needsMember == nil || later.declaration.needsMember != nil,
            earlier.all.isSubset(of: later.all)
        else { return false }
        if let wanted = earlier.role {
            let lineage = later.role.map { linked.vocabulary.roles[$0].lineage } ?? []
            guard lineage.contains(wanted) else { return false }
        }
        if earlier.any.isEmpty { return earlier.declaration.any.isEmpty }
        return later.all.intersects(earlier.any)
            || (!later.any.isEmpty && later.any.isSubset(of: earlier.any))
    }
}
