import Cryptography
import Documents
import JOSE
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// Rows about tokens that are more than one token on one header line.
@Suite struct TokenWireTests {
    @Test func `JWT-06 what stands before a pinned key set makes no secret of its keys`()
        async throws
    {
        let forge = try AttackSite.forge.get()
        // Such a file is no key set: nobody is let in, by any key, until it is put right.
        for front in ["\n", "\u{FEFF}"] {
            let set = front + forge.keySet
            try await AttackSite.with(keySet: set, isUsable: false) { attacked in
                for secret in forge.secrets + [Array(set.utf8)] {
                    let token = attacked.bench.coded(secret)
                    let refused = try await attacked.site.send(AttackSite.route, token: token)
                    attacked.expectChallenge(refused, "token-algorithm", "\(refused.body)")
                    try attacked.expectSilence(refused, about: token, "\(refused.body)")
                }
                let token = try attacked.bench.token()
                let refused = try await attacked.site.send(AttackSite.route, token: token)
                #expect(refused.status == 503)
                #expect(refused.code == "issuer-unavailable")
                try attacked.expectSilence(refused, about: token, "\(refused.body)")
                #expect(attacked.site.backend.requests.isEmpty)
                try await attacked.expectGoodRequest()
            }
        }
    }

    @Test func `JWT-08 a key without alg takes none from the token`() async throws {
        let forge = try AttackSite.forge.get()
        let entry = forge.k1.key.publicKey.jsonWebKey(
            keyID: forge.k1.keyID, namesAlgorithm: false)
        #expect(entry["alg"] == nil)
        let set = JSONWriter.text(["keys": [.object(entry)]])
        try await AttackSite.with(keySet: set) { attacked in
            let answer = try await attacked.site.send(
                AttackSite.route, token: try attacked.bench.token())
            #expect(answer.status == 200)
            let received = attacked.site.backend.requests.count
            for algorithm in ["HS256", "RS256", "ES256", "ES512"] {
                let token = try attacked.bench.token(header: ["alg": .string(algorithm)])
                let refused = try await attacked.site.send(AttackSite.route, token: token)
                attacked.expectChallenge(refused, "token-algorithm", "\(algorithm)")
            }
            #expect(attacked.site.backend.requests.count == received)
            try await attacked.expectGoodRequest()
        }
    }

    @Test func `JWT-12 an address of a key in the header is never asked`() async throws {
        let listener = try ScriptedServer { _ in ScriptedServer.json(200, "{}") }
        defer { listener.stop() }
        try await AttackSite.with { attacked in
            for name in ["jku", "x5u"] {
                for signer in [attacked.bench.forge.kx, attacked.bench.forge.k1] {
                    let token = try attacked.bench.token(
                        header: [name: .string("\(listener.url)/k")], by: signer)
                    let refused = try await attacked.site.send(AttackSite.route, token: token)
                    attacked.expectChallenge(refused, "token-header", "\(name)")
                    try attacked.expectSilence(refused, about: token, "\(name)")
                }
                // The same as an unknown key, which is looked for where keys always are.
                let unknown = try attacked.bench.token(
                    header: [name: .string("\(listener.url)/k"), "kid": "K9"],
                    by: attacked.bench.forge.kx)
                let refused = try await attacked.site.send(AttackSite.route, token: unknown)
                attacked.expectChallenge(refused, "token-header", "\(name)")
            }
            #expect(attacked.site.backend.requests.isEmpty)
            try await attacked.expectGoodRequest()
        }
        #expect(listener.connectionCount == 0)
    }

    @Test func `JWT-43 more than one token is a bad request`() async throws {
        try await AttackSite.with { attacked in
            let (good, bearer) = (attacked.good, "Authorization: Bearer \(attacked.good)")
            let cases: [(String, String, [String])] = [
                ("several-tokens", AttackSite.route, [bearer, bearer]),
                ("several-tokens", AttackSite.route, [bearer, "authorization: Basic dTpw"]),
                ("several-tokens", AttackSite.route, ["Authorization: Basic dTpw", bearer]),
                ("authorization-malformed", AttackSite.route, [bearer + ", Bearer \(good)"]),
                ("authorization-malformed", AttackSite.route, [bearer + ",Bearer \(good)"]),
                ("token-in-query", AttackSite.route + "?access_token=\(good)", [bearer]),
                ("token-in-query", AttackSite.route + "?access_token=\(good)", []),
                ("token-in-query", AttackSite.route + "?%61ccess_token=\(good)", [bearer]),
            ]
            for (code, line, headers) in cases {
                let refused = try await attacked.site.send(line, headers: headers)
                let said: Comment = "\(code): \(refused.head) \(refused.body)"
                #expect(refused.status == 400, said)
                #expect(refused.code == code, said)
                #expect(
                    refused.header("WWW-Authenticate")?.contains("error=\"invalid_request\"")
                        == true, said)
                try attacked.expectSilence(refused, about: good, said)
            }
            #expect(attacked.site.backend.requests.isEmpty)
            // A body is the upstream's: a token in it lets nobody in.
            let form = "POST /orgs/orgA/projects"
            let anonymous = try await attacked.site.send(
                form, headers: ["Content-Type: application/x-www-form-urlencoded"],
                body: "access_token=\(good)")
            #expect(anonymous.status == 401)
            #expect(anonymous.code == "unauthenticated")
            #expect(attacked.site.backend.requests.isEmpty)
            try await attacked.expectGoodRequest()
        }
    }

    @Test func `JWT-44 the spellings of the scheme`() async throws {
        try await AttackSite.with { attacked in
            let good = attacked.good
            for scheme in ["bearer", "BEARER", "Bearer"] {
                let answer = try await attacked.site.send(
                    AttackSite.route, headers: ["Authorization: \(scheme) \(good)"])
                #expect(answer.status == 200, "\(scheme)")
            }
            let received = attacked.site.backend.requests.count
            for value in [
                "Bearer  \(good)", "Bearer\t\(good)", "Bearer", "Bearer ", "Bearer \(good) \(good)",
                "Bearer \(good) x", "Bearer \(good)\t\(good)", "Bearer \"\(good)\"",
                "Bearer token=\"\(good)\"",
            ] {
                let refused = try await attacked.site.send(
                    AttackSite.route, headers: ["Authorization: \(value)"])
                let said: Comment = "\(value.prefix(10)): \(refused.head) \(refused.body)"
                #expect(refused.status == 400, said)
                #expect(refused.code == "authorization-malformed", said)
                try attacked.expectSilence(refused, about: good, said)
            }
            for value in [
                "Basic dTpw", "DPoP \(good)", "Bearers \(good)", good, "", "Token \(good)",
            ] {
                let refused = try await attacked.site.send(
                    AttackSite.route, headers: ["Authorization: \(value)"])
                let said: Comment = "\(value.prefix(10)): \(refused.head) \(refused.body)"
                #expect(refused.status == 401, said)
                #expect(refused.code == "unauthenticated", said)
                let challenge = try #require(refused.header("WWW-Authenticate"), said)
                #expect(challenge.hasPrefix("Bearer ") && !challenge.contains("error="), said)
                try attacked.expectSilence(refused, about: good, said)
            }
            #expect(attacked.site.backend.requests.count == received)
            try await attacked.expectGoodRequest()
        }
    }

    @Test func `JWT-47 a token that was let in is refused when its time is over`() async throws {
        try await AttackSite.with { attacked in
            // Good for the last seconds of the leeway: a gateway reads no clock but the machine's.
            var (token, answer) = ("", TestSite.Answer(status: 0, head: "", body: ""))
            while answer.status != 200 {
                let now = Clocks.wall().seconds
                token = try attacked.bench.token(
                    payload: ["iat": .integer(now - 600), "exp": .integer(now - 27)])
                answer = try await attacked.site.send(AttackSite.route, token: token)
                try Task.checkCancellation()
            }
            while answer.status == 200 {
                answer = try await attacked.site.send(AttackSite.route, token: token)
            }
            attacked.expectChallenge(answer, "token-expired", "\(answer.body)")
            let received = attacked.site.backend.requests.count
            let again = try await attacked.site.send(AttackSite.route, token: token)
            attacked.expectChallenge(again, "token-expired", "\(again.body)")
            #expect(attacked.site.backend.requests.count == received)
            try await attacked.expectGoodRequest()
        }
    }
}
