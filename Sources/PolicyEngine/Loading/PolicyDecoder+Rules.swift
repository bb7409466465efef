import Documents
import Values

extension PolicyDecoder {
    /// The words that stand for callers and can therefore not name a permission.
    static let reservedPermissions = ["public", "authenticated", "members"]

    private static let ruleKeys = [
        "id", "permission", "any", "all", "role", "kind", "authenticated", "members", "public",
        "because", "mode",
    ]
    private static let subjectKeys = [
        "permission", "any", "all", "role", "authenticated", "members", "public",
    ]
    private static let laterRuleKeys = ["when", "unless", "derived_role"]

    /// What stands under `allow`: a word, a permission, a list, or `{all: […]}`.
    func allow(_ node: YAMLNode) -> [RuleDeclaration] {
        switch node.content {
        case .scalar:
            guard let word = string(node, "a permission") else { return [] }
            return [rule(allowing: word)]
        case .mapping:
            return allowMapping(node)
        case .sequence(let items):
            let scalars = items.filter { if case .scalar = $0.content { true } else { false } }
            if !items.isEmpty, scalars.count == items.count { return anyOf(items, node) }
            return items.compactMap { item in
                guard case .mapping = item.content else {
                    findings.error(
                        .wrongType,
                        "a list under `allow` holds permissions or rules, not both",
                        at: item.span,
                        help: scalarText(item).map { "write `- permission: \($0)`" }
                    )
                    return nil
                }
                return rule(item, effect: .allow)
            }
        }
    }

    private func rule(allowing word: Located<String>) -> RuleDeclaration {
        var rule = RuleDeclaration(at: word.span)
        switch word.value {
        case "public": rule.isPublic = Located(true, word.span)
        case "authenticated": rule.isAuthenticated = Located(true, word.span)
        case "members": rule.needsMember = Located(true, word.span)
        default: rule.permission = word
        }
        return rule
    }

    private func anyOf(_ items: [YAMLNode], _ node: YAMLNode) -> [RuleDeclaration] {
        var rule = RuleDeclaration(at: node.span)
        rule.any = items.compactMap { string($0, "a permission") }
        for word in rule.any where Self.reservedPermissions.contains(where: word.value.isExactly) {
            findings.error(
                .reservedName,
                "`\(word.value)` stands alone, not in a list of permissions",
                at: word.span,
                help: "write a rule: `- \(word.value): true`"
            )
        }
        return [rule]
    }

    private func allowMapping(_ node: YAMLNode) -> [RuleDeclaration] {
        guard case .mapping(let entries) = node.content else { return [] }
        let keys = entries.compactMap { scalarText($0.key) }
        if keys.contains(where: { key in
            key != "all" && (Self.ruleKeys + Self.laterRuleKeys + ["then"]).contains { $0 == key }
        }) {
            findings.error(
                .wrongType,
                "the rules under `allow` are a list",
                at: start(of: node),
                help: "put `- ` in front of the first key and indent the others"
            )
            return []
        }
        let fields = fields(node, of: "an `allow`", known: ["all"])
        var rule = RuleDeclaration(at: fields.span)
        if let all = fields["all"] { rule.all = strings(all, "`all`", of: "a permission") }
        return [rule]
    }

    /// A list of deny rules.
    func denyRules(_ node: YAMLNode) -> [RuleDeclaration] {
        items(node, "`deny`").compactMap { item in
            guard case .mapping = item.content else {
                findings.error(
                    .wrongType,
                    "a deny rule is a mapping",
                    at: item.span,
                    help: "for example `- id: closed`"
                )
                return nil
            }
            return rule(item, effect: .deny)
        }
    }

    /// One rule.
    func rule(_ node: YAMLNode, effect: RuleFacts.Effect) -> RuleDeclaration {
        let fields = fields(
            node,
            of: effect == .allow ? "an allow rule" : "a deny rule",
            known: Self.ruleKeys + (effect == .allow ? ["then"] : ["methods", "routes"]),
            later: Self.laterRuleKeys + (effect == .allow ? [] : ["deny"])
        )
        var rule = RuleDeclaration(at: fields.span)
        rule.id = fields["id"].flatMap { string($0, "an id") }
        rule.permission = fields["permission"].flatMap { string($0, "a permission") }
        rule.any = fields["any"].map { strings($0, "`any`", of: "a permission") } ?? []
        rule.all = fields["all"].map { strings($0, "`all`", of: "a permission") } ?? []
        for key in ["any", "all"] {
            if let node = fields[key], case .sequence(let items) = node.content, items.isEmpty {
                findings.error(.wrongValue, "`\(key)` names no permission", at: node.span)
            }
        }
        rule.role = fields["role"].flatMap { string($0, "a role") }
        rule.kind = fields["kind"].flatMap { node in
            choice(node, "a kind of caller", among: RuleDeclaration.Kind.allCases.map(\.rawValue))
                .flatMap { word in
                    RuleDeclaration.Kind(rawValue: word.value).map { Located($0, word.span) }
                }
        }
        rule.isPublic = onlyTrue(fields, "public")
        rule.isAuthenticated = onlyTrue(fields, "authenticated")
        rule.needsMember = onlyTrue(fields, "members")
        rule.hasSubject = Self.subjectKeys.contains { fields[$0] != nil }
        rule.because = fields["because"].flatMap { string($0, "a reason") }
        if let node = fields["mode"] {
            rule.isShadow =
                choice(node, "a mode", among: ["enforce", "shadow"])?.value == "shadow"
        }
        if let node = fields["methods"] {
            rule.methods = strings(node, "`methods`", of: "a method", orOne: true)
                .compactMap(method)
        }
        if let node = fields["routes"] {
            rule.routes = strings(node, "`routes`", of: "a route", orOne: true)
        }
        rule.then = fields["then"].map(obligations)
        return rule
    }

    /// A key that is `true` or not there.
    private func onlyTrue(_ fields: Fields, _ key: String) -> Located<Bool>? {
        guard let node = fields[key], let value = bool(node, "`\(key)`") else { return nil }
        if !value.value {
            findings.error(
                .wrongValue,
                "`\(key): false` says nothing",
                at: value.span,
                help: "leave the key out"
            )
            return nil
        }
        return value
    }

    /// A method that can be routed.
    func method(_ name: Located<String>) -> Located<HTTPMethod>? {
        guard let method = HTTPMethod(token: name.value) else {
            findings.error(.matchSyntax, "`\(name.value)` is no method", at: name.span)
            return nil
        }
        if method == .connect || method == .trace {
            findings.error(
                .methodNotRoutable,
                "`\(name.value)` is never routed",
                at: name.span,
                label: "always answered 405"
            )
            return nil
        }
        if name.value.utf8.contains(where: { (0x61...0x7A).contains($0) }) {
            findings.error(
                .matchSyntax,
                "methods are case-sensitive, and `\(name.value)` is none that clients send",
                at: name.span,
                help: "did you mean `\(name.value.uppercased())`?"
            )
            return nil
        }
        return Located(method, name.span)
    }
}
