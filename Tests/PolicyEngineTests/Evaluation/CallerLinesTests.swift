import PolicyEngine
import Testing
import Values

/// Header lines that are kept for the next request of a caller.
@Suite struct CallerLinesTests {
    private let policy = """
        routes:
          - id: file
            match: GET /orgs/{org}/files/{name}
            allow:
              - {id: read-it, permission: read}
              - id: write-it
                permission: write
                then: {request_headers: {set: {X-Way: "write ${request.id}", X-Last: "${principal.kind}"}}}
            then:
              request_headers: {set: {X-File: "${path.name}", X-Behind: constant}}
          - id: open
            match: GET /open/{name}
            organization: none
            allow: public
        then:
          request_headers:
            set: {X-User: "${principal.id}", X-Permissions: "${principal.permissions.join(\\" \\")}"}

        """

    private func outcome(
        _ evaluator: PolicyEvaluator, _ target: String, as principal: Principal?, number: UInt64
    ) throws -> [String] {
        let bytes = Array(("h" + target).utf8)
        let access = AccessRequest(
            method: .get, host: 0..<1, path: 1..<bytes.count,
            requestID: ExchangeID(seed: 7, number: number))
        let found = evaluator.match(access, in: bytes.span)
        let match = try #require(found)
        let decision = evaluator.decide(match, access, in: bytes.span, as: principal)
        var (request, response): ([UInt8], [UInt8]) = ([], [])
        let result = evaluator.carryOut(
            decision, access, in: bytes.span, as: principal, requestLines: &request,
            responseLines: &response)
        return [result.reason.map { "\($0)" } ?? "", String(decoding: request, as: UTF8.self)]
    }

    @Test func `what is kept never changes what a request gets, whoever came before`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let shared = PolicyEvaluator(snapshot)
        let callers: [Principal?] =
            [
                nil, snapshot.user("u1", scopes: ["read"]), snapshot.user("u2", scopes: ["read"]),
                snapshot.user("u1", scopes: ["write"]),
                snapshot.user("u3", scopes: ["read", "write"]),
                snapshot.user("u\r\nX: 1", scopes: ["read"]), snapshot.user("u4"),
            ]
        let targets =
            ["/orgs/org_a/files/a", "/orgs/org_a/files/b%20c", "/open/x"]
            + ["/orgs/org_a/files/%0A"]
        var generator = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for number in 1...2000 as ClosedRange<UInt64> {
            let caller = callers.randomElement(using: &generator) ?? nil
            let target = targets.randomElement(using: &generator) ?? "/open/x"
            let kept = try outcome(shared, target, as: caller, number: number)
            let alone = try outcome(
                PolicyEvaluator(snapshot), target, as: caller, number: number)
            #expect(kept == alone, "\(target), \(kept)")
            if kept[1].contains("Gatehouse-Request-Id: ") {
                #expect(kept[1].contains(ExchangeID(seed: 7, number: number).text))
            }
            seen.insert(kept[1].replacing(ExchangeID(seed: 7, number: number).text, with: ""))
        }
        #expect(seen.count > 8)
    }

    @Test func `more callers than places are each told as who they are`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let evaluator = PolicyEvaluator(snapshot)
        let callers = (0..<3000).map { snapshot.user("user\($0)", scopes: ["read"]) }
        for round in 0..<2 as Range<UInt64> {
            for (index, caller) in callers.enumerated() {
                let lines = try outcome(
                    evaluator, "/orgs/org_a/files/a", as: caller, number: round)[1]
                #expect(lines.contains("X-User: user\(index)\r\n"))
                #expect(lines.contains("Gatehouse-User: user\(index)\r\n"))
            }
        }
    }
}
