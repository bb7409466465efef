import Documents
import PolicyEngine

extension ReferencePolicy {
    /// The rule set as files.
    var files: [SourceFile] {
        var project = """
            gatehouse: 1
            kind: project
            name: generated
            policies: [routes/*.yaml]

            """
        if routes.contains(where: { $0.crossing != nil }) {
            let from = crossingFrom.joined(separator: ", ")
            project += "crossing_allowed_by: [{rule: cross, from: [\(from)]}]\n"
        }
        if !projectDeny.isEmpty { project += "deny:\n\(yaml(projectDeny, isDeny: true))" }
        var vocabulary = "gatehouse: 1\nkind: vocabulary\npermissions:\n"
        for permission in permissions { vocabulary += "  \(permission):\n" }
        vocabulary += "roles:\n"
        for role in roles {
            let parent = role.extends.map { ", extends: \($0)" } ?? ""
            vocabulary +=
                "  \(role.name): {permissions: [\(role.permissions.joined(separator: ", "))]\(parent)}\n"
        }
        var policy = """
            gatehouse: 1
            kind: policy
            name: generated
            upstream: projects
            routes:

            """
        for route in routes {
            let methods = route.methods.isEmpty ? "ANY" : route.methods.joined(separator: ",")
            policy += "  - id: \(route.id)\n    match: \"\(methods) \(route.path)\"\n"
            policy += "    organization: \(route.organization)\n"
            if let host = route.host { policy += "    host: \"\(host)\"\n" }
            if let crossing = route.crossing {
                policy += "    crosses_organizations: \(crossing)\n"
            }
            policy += "    allow:\n\(yaml(route.allow, isDeny: false))"
            if !route.deny.isEmpty { policy += "    deny:\n\(yaml(route.deny, isDeny: true))" }
        }
        return [
            SourceFile(path: "project.yaml", text: project),
            SourceFile(path: "routes/generated.yaml", text: policy),
            SourceFile(path: "vocabulary.yaml", text: vocabulary),
        ]
    }

    private func yaml(_ rules: [Rule], isDeny: Bool) -> String {
        rules.map { rule in
            var keys = ["id: \(rule.id)"]
            if let permission = rule.permission { keys.append("permission: \(permission)") }
            if !rule.any.isEmpty { keys.append("any: [\(rule.any.joined(separator: ", "))]") }
            if !rule.all.isEmpty { keys.append("all: [\(rule.all.joined(separator: ", "))]") }
            if let role = rule.role { keys.append("role: \(role)") }
            if let kind = rule.kind { keys.append("kind: \(kind)") }
            if rule.isPublic { keys.append("public: true") }
            if rule.isAuthenticated { keys.append("authenticated: true") }
            if rule.needsMember { keys.append("members: true") }
            if rule.isShadow { keys.append("mode: shadow") }
            if !rule.methods.isEmpty {
                keys.append("methods: [\(rule.methods.joined(separator: ", "))]")
            }
            if isDeny { keys.append("because: generated") }
            return "      - {\(keys.joined(separator: ", "))}\n"
        }.joined()
    }
}
