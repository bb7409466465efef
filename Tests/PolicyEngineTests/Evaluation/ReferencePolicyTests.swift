import Documents
import PolicyEngine
import Testing
import Values

@Suite struct ReferencePolicyTests {
    /// What the compiled rule set says, in the reference's words.
    private func compiled(
        _ snapshot: PolicySnapshot,
        _ explainer: PolicyExplainer,
        _ request: ReferencePolicy.Request,
        _ principal: Principal?
    ) -> String {
        var headers = HeaderList()
        for value in request.organizationHeaders { headers.append("X-Organization", value) }
        let decision = explainer.decide(
            PolicyQuestion(
                method: HTTPMethod(token: request.method) ?? .get, path: request.path,
                host: request.host, headers: headers),
            as: principal
        ).decision
        let rule = snapshot.because(decision)?.id
        guard let reason = decision.reason else { return "allow \(rule ?? "")" }
        let text = "\(snapshot.status(decision)) \(reason.code)"
        return reason == .denied ? "\(text) \(rule ?? "")" : text
    }

    @Test(arguments: 0..<8)
    func `the compiled rule set decides as the reference does`(_ block: Int) throws {
        var tried = 0
        var outcomes: Set<String> = []
        for seed in UInt64(block) * 20..<UInt64(block + 1) * 20 {
            var random = SeededRandom(seed: seed)
            let policy = ReferencePolicy.random(using: &random)
            let environment = PolicyEnvironment(
                upstreams: ["projects"], audiences: ["https://api.example.test"],
                rolesKnown: true, permissionsFromRoles: policy.permissionsFromRoles)
            let files = policy.files
            let (snapshot, diagnostics) = PolicyLoader.load(files, environment: environment)
            let errors = diagnostics.filter { $0.severity == .error }
            let hasTie = policy.hasTie
            #expect(errors.contains { $0.code == "route-conflict" } == hasTie, "seed \(seed)")
            if hasTie { continue }
            guard let snapshot else {
                Issue.record("seed \(seed): \(DiagnosticRenderer(files: files).text(diagnostics))")
                continue
            }
            let explainer = PolicyExplainer(snapshot)
            for _ in 0..<40 {
                let request = policy.request(using: &random)
                let person = policy.person(using: &random)
                let expected = policy.decide(request, person)
                let actual = compiled(
                    snapshot, explainer, request, person.map(snapshot.principal))
                #expect(
                    actual == expected,
                    "seed \(seed): \(request) as \(person.map { "\($0)" } ?? "nobody")")
                tried += 1
                outcomes.insert(String(expected.prefix(12)))
            }
        }
        #expect(tried > 200)
        #expect(outcomes.count >= 6)
    }
}

extension ReferencePolicy {
    /// Whether two routes match the same requests with equal rank.
    var hasTie: Bool {
        for (position, left) in routes.enumerated() {
            for right in routes[..<position] where left.host == right.host {
                let shape = { (path: String) in
                    path.split(separator: "/", omittingEmptySubsequences: false)
                        .map { $0.hasPrefix("{") ? "{}" : String($0) }
                }
                guard shape(left.path) == shape(right.path) else { continue }
                if left.methods.isEmpty, right.methods.isEmpty { return true }
                if left.methods.contains(where: right.methods.contains) { return true }
            }
        }
        return false
    }
}
