import Documents
import PolicyEngine
import TestSupport
import Values

/// Rule sets and callers for tests.
enum PolicyFixture {
    /// The environment of `gatehouse dev`.
    static let environment = PolicyEnvironment(
        upstreams: ["projects", "billing"],
        audiences: ["https://api.example.test"],
        rolesKnown: false,
        permissionsFromRoles: false
    )

    /// The same with a source of roles.
    static let withRoles = PolicyEnvironment(
        upstreams: ["projects", "billing"],
        audiences: ["https://api.example.test"],
        rolesKnown: true,
        permissionsFromRoles: false
    )

    static let project = """
        gatehouse: 1
        kind: project
        name: sample
        policies: [routes/*.yaml]

        """

    static let vocabulary = """
        gatehouse: 1
        kind: vocabulary
        permissions: {read: "", write: "", admin: ""}
        roles:
          member: {permissions: [read]}
          editor: {extends: member, permissions: [write]}
          owner: {extends: editor, permissions: [admin]}

        """

    /// The head of a policy file, for the routes of a test to follow.
    static let head = """
        gatehouse: 1
        kind: policy
        name: sample
        upstream: projects
        organization: path.org

        """

    /// The files of a rule set with one policy.
    static func files(
        _ policy: String,
        project: String = project,
        vocabulary: String = vocabulary,
        more: [String: String] = [:]
    ) -> [SourceFile] {
        let all = [
            "project.yaml": project, "vocabulary.yaml": vocabulary, "routes/sample.yaml": policy,
        ].merging(more) { $1 }
        return all.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
    }

    /// Loads a rule set with one policy; its head is given.
    static func load(
        _ body: String,
        project: String = project,
        vocabulary: String = vocabulary,
        environment: PolicyEnvironment = withRoles
    ) throws -> PolicySnapshot {
        let files = files(head + body, project: project, vocabulary: vocabulary)
        let (snapshot, diagnostics) = PolicyLoader.load(files, environment: environment)
        guard let snapshot else {
            throw Unloadable(text: DiagnosticRenderer(files: files).text(diagnostics))
        }
        return snapshot
    }

    /// The shipped folder of policies.
    static func shipped() throws -> [SourceFile] {
        try SourceTree.files(under: "policies", ending: ".yaml").map { file in
            SourceFile(path: String(file.path.dropFirst("policies/".count)), text: file.text)
        }
    }

    /// A rule set that should load and does not.
    struct Unloadable: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}

extension PolicySnapshot {
    /// A caller with an organization token.
    func user(
        _ id: String = "u1",
        in organization: String? = "org_a",
        scopes: [String] = [],
        roles: [String]? = nil,
        kind: PrincipalFacts.Kind = .user,
        audience: String? = nil,
        isFirstParty: Bool = true
    ) -> Principal {
        principal(
            PrincipalFacts(
                id: UserID(id), organization: organization.map { OrganizationID($0) }, kind: kind,
                client: ClientID("app"), isFirstParty: isFirstParty,
                audience: organization == nil ? audience ?? "https://api.example.test" : audience,
                scopes: scopes, roles: roles))
    }

    /// Decides a request written as `METHOD /path`.
    func ask(
        _ line: String,
        as principal: Principal?,
        host: String = "localhost",
        headers: HeaderList = HeaderList()
    ) -> PolicyExplainer.Answer {
        let parts = line.split(separator: " ").map(String.init)
        return PolicyExplainer(self).decide(
            PolicyQuestion(
                method: HTTPMethod(token: parts[0]) ?? .get, path: parts[1], host: host,
                headers: headers),
            as: principal)
    }

    /// The outcome of a request in a word: `allow <rule>` or `<status> <code>`.
    func outcome(
        _ line: String,
        as principal: Principal?,
        host: String = "localhost",
        headers: HeaderList = HeaderList()
    ) -> String {
        let decision = ask(line, as: principal, host: host, headers: headers).decision
        guard let reason = decision.reason else { return "allow \(because(decision)?.id ?? "")" }
        return "\(status(decision)) \(reason.code)"
    }
}
