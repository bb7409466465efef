import Documents
import Values

extension PolicyDecoder {
    /// `kind: project`.
    func project(_ root: YAMLNode) -> ProjectDocument {
        let fields = header(
            root,
            "a project",
            known: ["policies", "self_service", "defaults", "crossing_allowed_by", "deny"],
            later: ["tenants", "limits", "log"]
        )
        var document = ProjectDocument(path: file, span: fields.span)
        document.name = fields["name"].flatMap(scalarText) ?? ""
        require("policies", in: fields, of: "a project")
        if let node = fields["policies"] {
            document.policies = strings(node, "`policies`", of: "a glob", orOne: true)
        }
        document.selfService = fields["self_service"].flatMap { string($0, "a file") }
        document.defaults = fields["defaults"].map(defaults) ?? PolicyDefaults()
        if let node = fields["crossing_allowed_by"] {
            document.crossings = items(node, "`crossing_allowed_by`").compactMap(crossing)
        }
        document.deny = fields["deny"].map(denyRules) ?? []
        return document
    }

    private func defaults(_ node: YAMLNode) -> PolicyDefaults {
        let fields = fields(
            node,
            of: "`defaults`",
            known: ["unmatched", "deny_status", "hide_other_organizations", "tell_reason"]
        )
        var defaults = PolicyDefaults()
        if let node = fields["unmatched"], let status = refusalStatus(node, "`unmatched`") {
            defaults.unmatchedStatus = status
        }
        if let node = fields["deny_status"], let status = refusalStatus(node, "`deny_status`") {
            defaults.denyStatus = status
        }
        if let node = fields["hide_other_organizations"],
            let hides = bool(node, "`hide_other_organizations`")
        {
            defaults.hidesOtherOrganizations = hides.value
        }
        if let node = fields["tell_reason"], let tells = bool(node, "`tell_reason`") {
            defaults.tellsReason = tells.value
        }
        return defaults
    }

    private func refusalStatus(_ node: YAMLNode, _ what: String) -> Int? {
        if case .scalar(let scalar) = node.content, let status = scalar.asInteger,
            status == 403 || status == 404
        {
            return Int(status)
        }
        findings.error(.wrongValue, "\(what) is 403 or 404", at: node.span)
        return nil
    }

    private func crossing(_ node: YAMLNode) -> ProjectDocument.Crossing? {
        let fields = fields(node, of: "a crossing", known: ["rule", "from"])
        require("rule", in: fields, of: "a crossing")
        require("from", in: fields, of: "a crossing")
        let rule = fields["rule"].flatMap { string($0, "the id of a rule") }
        let from =
            fields["from"].map {
                strings($0, "`from`", of: "an organization id or `machine`", orOne: true)
            } ?? []
        for origin in from where !OrganizationID.isValid(origin.value) {
            findings.error(
                .wrongValue,
                "`\(origin.value)` is no organization id",
                at: origin.span,
                help: "an id is 1 to 64 letters, digits, `_` and `-`"
            )
        }
        return rule.map { ProjectDocument.Crossing(rule: $0, from: from) }
    }

    /// `kind: vocabulary`.
    func vocabulary(_ root: YAMLNode) -> VocabularyDocument {
        let fields = header(
            root,
            "a vocabulary",
            known: ["permissions", "roles"],
            later: ["claims", "tenant_vars", "session"]
        )
        var document = VocabularyDocument(path: file, span: fields.span)
        if let node = fields["permissions"] {
            for (name, text) in entries(node, of: "`permissions`") {
                if !text.isNull { _ = string(text, "the text of a permission", mayBeEmpty: true) }
                checkName(name, "permission")
                if Self.reservedPermissions.contains(where: name.value.isExactly) {
                    findings.error(
                        .reservedName,
                        "no permission can be called `\(name.value)`",
                        at: name.span,
                        label: "`allow: \(name.value)` has a meaning of its own"
                    )
                }
                document.permissions.append(name)
            }
        }
        if let node = fields["roles"] {
            for (name, value) in entries(node, of: "`roles`") {
                checkName(name, "role")
                document.roles.append(role(name, value))
            }
        }
        return document
    }

    private func role(_ name: Located<String>, _ node: YAMLNode) -> VocabularyDocument.Role {
        var role = VocabularyDocument.Role(name: name)
        if node.isNull { return role }
        let fields = fields(
            node,
            of: "a role",
            known: ["permissions", "extends", "description"]
        )
        if let node = fields["permissions"] {
            role.permissions = strings(node, "`permissions`", of: "a permission")
        }
        role.extends = fields["extends"].flatMap { string($0, "a role") }
        if let node = fields["description"] { _ = string(node, "a description") }
        return role
    }

    /// Logto's names are free text of up to 128 characters.
    private func checkName(_ name: Located<String>, _ noun: String) {
        if name.value.unicodeScalars.count > 128
            || !name.value.utf8.allSatisfy(HeaderValue.isSafeByte)
        {
            findings.error(
                .wrongValue,
                "a \(noun) has a name of at most 128 characters, without control characters",
                at: name.span
            )
        }
    }

    /// `kind: self-service`.
    func selfService(_ root: YAMLNode) -> SelfServiceDocument {
        let fields = header(root, "a self-service file", known: ["roles", "actions"])
        var document = SelfServiceDocument(path: file, span: fields.span)
        document.name = fields["name"].flatMap(scalarText) ?? ""
        require("actions", in: fields, of: "a self-service file")
        if let node = fields["roles"] {
            document.roles = entries(node, of: "`roles`").compactMap(selfServiceRole)
        }
        if let node = fields["actions"] {
            document.actions = entries(node, of: "`actions`").map { name, value in
                let fields = self.fields(
                    value, of: "an action", known: ["allow", "deny"], later: ["then"])
                return SelfServiceDocument.Action(
                    name: name,
                    allow: fields["allow"].map(allow) ?? [],
                    deny: fields["deny"].map(denyRules) ?? []
                )
            }
        }
        return document
    }

    private func selfServiceRole(
        _ name: Located<String>,
        _ node: YAMLNode
    ) -> SelfServiceDocument.Role? {
        let fields = fields(node, of: "a role", known: ["logto", "protected", "min"])
        require("logto", in: fields, of: "a role")
        guard let logto = fields["logto"].flatMap({ string($0, "a role of Logto") }) else {
            return nil
        }
        return SelfServiceDocument.Role(
            name: name,
            logto: logto,
            isProtected: fields["protected"].flatMap { bool($0, "`protected`") }?.value ?? false,
            minimum: fields["min"].flatMap { integer($0, "`min`", in: 0...1_000) }?.value ?? 0
        )
    }
}
