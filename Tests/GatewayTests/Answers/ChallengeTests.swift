import HTTPProxy
import TestSupport
import Testing
import Values

@testable import Gateway

/// The challenges of RFC 6750 § 3, with the metadata of RFC 9728 § 5.1.
@Suite struct ChallengeTests {
    private static let metadata =
        "resource_metadata=\"http://gw.test/.well-known/oauth-protected-resource\""

    @Test func `each refusal challenges with its error, and no rule is told`() async throws {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            let opaque = "v1_9fK3abcdefghijklmnopqrstuvwxyz0123456789A"
            let two = ["Authorization: Bearer \(ann)", "Authorization: Bearer \(ann)"]
            let cases: [(String, [String], Int, String?)] = [
                ("GET /orgs/org_a/projects", [], 401, ""),
                ("GET /orgs/org_a/projects", ["Authorization: Basic dTpw"], 401, ""),
                ("GET /orgs/org_a/projects", [bearer("x.y.z")], 401, "invalid_token"),
                ("GET /orgs/org_a/projects", [bearer(opaque)], 401, "invalid_token"),
                ("POST /orgs/org_a/projects", [bearer(ann)], 403, "insufficient_scope"),
                ("GET /orgs/org_a/projects", two, 400, "invalid_request"),
                ("GET /orgs/org_a/projects", [bearer("a b")], 400, "invalid_request"),
                ("GET /orgs/org_a/projects?access_token=a", [], 400, "invalid_request"),
                ("GET /orgs/org_b/projects", [bearer(ann)], 404, nil),
                ("GET /nowhere", [bearer(ann)], 404, nil),
                ("GET /audit", [bearer(ann)], 400, nil),
                (
                    "GET /orgs/org_a/projects", [bearer(try site.token("u_ann"))], 403, nil
                ),
            ]
            for (line, headers, status, error) in cases {
                let answer = try await site.send(line, headers: headers)
                #expect(answer.status == status, "\(line) \(answer.body)")
                let challenge = answer.header("WWW-Authenticate")
                guard let error else {
                    #expect(challenge == nil, "\(line)")
                    continue
                }
                let said = try #require(challenge, "\(line)")
                #expect(said.hasPrefix("Bearer "))
                #expect(said.hasSuffix(Self.metadata))
                #expect(said.contains("error=") == !error.isEmpty)
                #expect(said.contains("error_description=") == !error.isEmpty)
                if !error.isEmpty { #expect(said.contains("error=\"\(error)\"")) }
                #expect(!said.contains("scope=\""))
                #expect(!said.contains("write:projects"))
            }
            let answer = try await site.send("GET /orgs/org_a/projects", token: opaque)
            #expect(answer.header("WWW-Authenticate")?.contains("request a resource") == true)
            #expect(answer.body.contains("ask for one API resource"))
            #expect(!answer.body.contains(opaque))
        }
    }

    private func bearer(_ token: String) -> String { "Authorization: Bearer \(token)" }

    @Test func `a description has only what RFC 6750 lets it have`() {
        let titles =
            RefusalCases.tokenRejections.map { AnswerSet.problem(for: $0).title }
            + ["a \"quote\" and a \\ and é"]
        for title in titles {
            let template = RefusalTemplate(
                Problem(status: 401, code: "x", title: title), challenge: .invalidToken)
            let bytes = Array("h".utf8)
            let refusal = template.refusal(
                id: ExchangeID(seed: 0, number: 1), scheme: "http", host: 0..<1, in: bytes.span)
            let text = String(decoding: refusal.headers, as: UTF8.self)
            #expect(text.utf8.count(where: { $0 == UInt8(ascii: "\"") }) == 6, "\(text)")
            #expect(!text.contains("\\"))
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 13 || $0 == 10 })
        }
    }
}
