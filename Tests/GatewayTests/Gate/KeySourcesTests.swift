import Cryptography
import Documents
import HTTPProxy
import JOSE
import LogtoEmulator
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// Several issuers, each with keys of its own, and the endpoint that drops keys.
@Suite struct KeySourcesTests {
    /// An issuer whose key set is a file.
    private struct Pinned {
        let issuer: String
        let signer: TokenSigner
        let path: String

        init(
            _ issuer: String, keyID: String, in folder: TemporaryDirectory, isWritten: Bool = true
        ) throws {
            self.issuer = issuer
            let key = try PrivateKey.generate(.p384)
            signer = TokenSigner(key: key, keyID: KeyID(keyID))
            let file = "\(issuer.utf8.count)-\(keyID).json"
            path = "\(folder.path)/\(file)"
            guard isWritten else { return }
            let member = key.publicKey.jsonWebKey(keyID: KeyID(keyID))
            let set: JSONObject = ["keys": .array([.object(member)])]
            try folder.write(file, String(decoding: JSONWriter.write(set), as: UTF8.self))
        }

        func token(as named: String? = nil) throws -> String {
            let now = Clocks.wall().seconds
            return try signer.sign(claims: [
                "iss": .string(named ?? issuer), "sub": "u_ann", "client_id": "app_browser",
                "aud": "urn:logto:organization:org_a", "scope": "read:projects",
                "iat": .integer(now - 10), "exp": .integer(now + 600),
            ])
        }

        var setting: String { "{issuer: \"\(issuer)\", keys: \"file:\(path)\"}" }
    }

    private func with(
        issuers: [String], _ body: (TestSite) async throws -> Void
    ) async throws {
        let list = issuers.joined(separator: ", ")
        try await TestSite.with(
            configuration: { text in
                text.replacing("logto:\n", with: "logto:\n  issuers: [\(list)]\n")
            }, body)
    }

    @Test func `JWT-45 a key counts for its own issuer alone, whatever it is called`() async throws
    {
        let folder = try TemporaryDirectory()
        let one = try Pinned("https://one.example/oidc", keyID: "k1", in: folder)
        let other = try Pinned("https://another.example/oidc", keyID: "k1", in: folder)
        try await with(issuers: [one.setting, other.setting]) { site in
            try #require(await site.gateway.becameReady(within: .seconds(30), wholly: true))
            for token in [try one.token(), try other.token(), try site.token("u_ann", in: "org_a")]
            {
                let answer = try await site.send("GET /orgs/org_a/projects", token: token)
                #expect(answer.status == 200, "\(answer.body)")
            }
            let received = site.backend.requests.count
            let crossed = try await site.send(
                "GET /orgs/org_a/projects", token: one.token(as: other.issuer))
            #expect(crossed.status == 401)
            #expect(crossed.code == "token-signature")
            #expect(site.backend.requests.count == received)
        }
    }

    @Test func `another name of the tenant shares its keys, also those that are rotated in`()
        async throws
    {
        let (names, name) = AsyncStream<String>.makeStream()
        try await TestSite.with(
            configuration: { text in
                let endpoint = text.split(separator: "\"").first { $0.hasPrefix("http://127") }
                let alias = String(endpoint ?? "").replacing("127.0.0.1", with: "localhost")
                name.yield(alias)
                return text.replacing(
                    "logto:\n",
                    with: "logto:\n  issuers: [{issuer: \"\(alias)/oidc\", keys: same}]\n")
            }
        ) { site in
            var alias = ""
            for await name in names {
                alias = name
                break
            }
            let first = try site.token("u_ann", in: "org_a")
            site.emulator.move(to: alias)
            let second = try site.token("u_ann", in: "org_a")
            try site.emulator.rotateKey()
            let third = try site.token("u_ann", in: "org_a")
            #expect(first != second)
            // The last one's key is new: the alias asks for it where the endpoint's keys come from.
            for token in [first, second, third] {
                let answer = try await site.send("GET /orgs/org_a/projects", token: token)
                #expect(answer.status == 200, "\(answer.body)")
            }
        }
    }

    @Test func `KEY-21 an issuer without keys is 503 for its own tokens, and readiness says so`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let lost = try Pinned(
            "https://lost.example/oidc", keyID: "k1", in: folder, isWritten: false)
        try await with(issuers: [lost.setting]) { site in
            let good = try await site.send(
                "GET /orgs/org_a/projects", token: site.token("u_ann", in: "org_a"))
            #expect(good.status == 200)
            let answer = try await site.send("GET /orgs/org_a/projects", token: lost.token())
            #expect(answer.status == 503)
            #expect(answer.code == "issuer-unavailable")
            let ready = try await site.send("GET /readyz", toAdmin: true)
            #expect(ready.status == 200)
            #expect(ready.body.contains("degraded: no keys of https://lost.example/oidc"))
        }
    }

    @Test func `KEY-03 flushing drops all keys and fetches them again`() async throws {
        try await TestSite.with { site in
            let token = try site.token("u_ann", in: "org_a")
            #expect(try await site.send("GET /orgs/org_a/projects", token: token).status == 200)
            #expect(try await site.send("GET /-/keys/flush", toAdmin: true).status == 405)
            let flushed = try await site.send("POST /-/keys/flush", toAdmin: true)
            #expect(flushed.status == 200, "\(flushed.body)")
            #expect(flushed.body.contains("keys fetched"))
            #expect(try await site.send("GET /orgs/org_a/projects", token: token).status == 200)

            try site.emulator.rotateKey()
            site.emulator.dropPreviousKey()
            #expect(try await site.send("POST /-/keys/flush", toAdmin: true).status == 200)
            let dropped = try await site.send("GET /orgs/org_a/projects", token: token)
            #expect(dropped.status == 401, "\(dropped.body)")
            #expect(dropped.code == "token-unknown-key")

            await site.emulatorServer.drain(within: .zero)
            let failed = try await site.send("POST /-/keys/flush", toAdmin: true)
            #expect(failed.status == 502)
            #expect(failed.body.contains("no keys, trying on"))
            let without = try await site.send(
                "GET /orgs/org_a/projects", token: site.token("u_ann", in: "org_a"))
            #expect(without.status == 503)
            #expect(try await site.send("GET /readyz", toAdmin: true).status == 503)
        }
    }

    @Test func `a reload of the rule files drops no key`() async throws {
        try await TestSite.with { site in
            await site.emulatorServer.drain(within: .zero)
            #expect(try await site.send("POST /-/policy/reload", toAdmin: true).status == 200)
            let answer = try await site.send(
                "GET /orgs/org_a/projects", token: site.token("u_ann", in: "org_a"))
            #expect(answer.status == 200)
        }
    }
}
