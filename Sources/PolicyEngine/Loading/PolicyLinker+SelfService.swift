import Documents
import Values

extension PolicyLinker {
    /// The actions that are built. Those of one organization have it from the path, which must be the
    /// token's.
    private static let actions: [(name: String, hasOrganization: Bool)] = [
        ("org.create", false), ("org.list_mine", false),
    ]
    /// The actions that come later.
    private static let laterActions = [
        "org.check_slug", "org.read", "org.update", "org.update_logo", "org.delete", "org.restore",
        "org.export", "member.list", "member.read", "member.add", "member.update_roles",
        "member.remove", "member.bulk", "member.suspend", "member.leave", "owner.transfer",
        "owner.accept", "role.list", "role.manage", "invitation.list", "invitation.create",
        "invitation.read", "invitation.resend", "invitation.revoke", "invitation.preview",
        "invitation.accept", "invitation.decline", "invitation.prove", "invite_link.redeem",
        "me.invitations", "me.suggestions", "join.request", "join.decide", "access.request",
        "domain.manage", "security.manage", "bot.manage",
    ]

    /// Links the self-service file of the project.
    mutating func link(_ document: SelfServiceDocument) {
        var selfService = LinkedSelfService(name: document.name)
        selfService.roles = document.roles.map { role in
            if linked.vocabulary.role(role.logto.value) == nil {
                findings.unknown(
                    .unknownRole, "role", role.logto,
                    among: linked.vocabulary.roles.map(\.name), of: "roles of the vocabulary")
            }
            return SelfServicePolicy.Role(
                name: role.name.value,
                logto: role.logto.value,
                isProtected: role.isProtected,
                minimum: role.minimum
            )
        }
        for action in document.actions {
            guard let known = Self.actions.first(where: { action.name.value.isExactly($0.name) })
            else {
                refuse(action.name)
                continue
            }
            var resolved = LinkedSelfService.Action(
                name: known.name, hasOrganization: known.hasOrganization)
            resolved.deny = action.deny.enumerated().map { position, rule in
                if let narrowed = rule.methods.first?.span ?? rule.routes.first?.span {
                    findings.error(
                        .wrongValue,
                        "a deny rule of an action has no `methods` and no `routes`",
                        at: narrowed
                    )
                }
                return addRule(
                    rule, .deny, id: "\(known.name)/deny-\(position + 1)", known, &selfService)
            }
            resolved.allow = action.allow.enumerated().map { position, rule in
                if let isPublic = rule.isPublic {
                    findings.error(
                        .publicNarrowed,
                        "an action cannot be public",
                        at: isPublic.span,
                        help: "allow `authenticated`"
                    )
                }
                if let then = rule.then {
                    let place =
                        then.requestSet.first?.name.span ?? then.responseSet.first?.name.span
                    findings.error(
                        .wrongValue,
                        "an action has no headers to set",
                        at: place ?? rule.span
                    )
                }
                return addRule(
                    rule, .allow, id: "\(known.name)/\(position + 1)", known, &selfService)
            }
            selfService.actions.append(resolved)
        }
        linked.selfService = selfService
    }

    private func refuse(_ name: Located<String>) {
        if Self.laterActions.contains(where: name.value.isExactly) {
            findings.error(
                .notSupportedYet,
                "the action `\(name.value)` is not supported yet",
                at: name.span,
                label: "part of self-service, but not of this version of Gatehouse",
                help: "take it out"
            )
        } else {
            findings.unknown(
                .unknownAction, "action", name,
                among: Self.actions.map(\.name) + Self.laterActions, of: "built-in actions")
        }
    }

    private func addRule(
        _ declaration: RuleDeclaration,
        _ effect: RuleFacts.Effect,
        id: String,
        _ action: (name: String, hasOrganization: Bool),
        _ selfService: inout LinkedSelfService
    ) -> Int {
        let id = declaration.id?.value ?? id
        if let first = selfService.rules.first(where: { $0.id.isExactly(id) }) {
            findings.error(
                .duplicateRule,
                "two rules are called `\(id)`",
                at: declaration.id?.span ?? declaration.span,
                labels: [Diagnostic.Label(first.declaration.span, "first here")]
            )
        }
        selfService.rules.append(
            resolve(declaration, effect, id: id, hasOrganization: action.hasOrganization))
        return selfService.rules.count - 1
    }
}
