import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct DiscoveryTests {
    @Test func `both paths give the same document`() throws {
        let client = try EmulatorClient()
        let one = try #require(client.send(.get, "/oidc/.well-known/openid-configuration"))
        let two = try #require(client.send(.get, "/oidc/.well-known/oauth-authorization-server"))
        #expect(one.status == 200)
        #expect(one.body == two.body)
        #expect(one.json["issuer"] == "http://127.0.0.1:3301/oidc")
        #expect(one.json["jwks_uri"] == "http://127.0.0.1:3301/oidc/jwks")
    }

    @Test func `the key set is revalidated by its entity tag`() throws {
        let client = try EmulatorClient()
        let set = try #require(client.send(.get, "/oidc/jwks"))
        #expect(set.headers["content-type"] == "application/jwk-set+json; charset=utf-8")
        #expect(set.headers["cache-control"] == "no-cache, max-age=0, must-revalidate")
        let tag = try #require(set.headers["etag"])
        for form in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let same = try #require(
                client.send(.get, "/oidc/jwks", headers: ["If-None-Match": form]))
            #expect(same.status == 304)
            #expect(same.body.isEmpty)
            #expect(same.headers["etag"] == tag)
            #expect(same.headers["content-type"] == nil)
        }
        let forced = client.send(
            .get, "/oidc/jwks", headers: ["If-None-Match": tag, "Cache-Control": "no-cache"])
        #expect(forced?.status == 200)
        try client.emulator.rotateKey()
        #expect(client.send(.get, "/oidc/jwks", headers: ["If-None-Match": tag])?.status == 200)
    }

    @Test func `HEAD of the key set has neither tag nor cache rule`() throws {
        let reply = try #require(try EmulatorClient().send(.head, "/oidc/jwks"))
        #expect(reply.status == 200)
        #expect(reply.headers["etag"] == nil)
        #expect(reply.headers["cache-control"] == nil)
        #expect(reply.body.isEmpty)
    }

    @Test func `keys stand in the order current, next, previous`() throws {
        let client = try EmulatorClient()
        let first = client.emulator.keyIDs
        try client.emulator.rotateKey()
        #expect(client.emulator.keyIDs.count == 2)
        #expect(client.emulator.keyIDs.last == first.first)
        let current = client.emulator.keyIDs.first
        try client.emulator.stageKey(after: 60)
        #expect(client.emulator.keyIDs.count == 3)
        #expect(client.emulator.keyIDs.first == current)
        let waiting = client.emulator.keyIDs[1]
        client.clock.advance(seconds: 60)
        _ = client.send(.get, "/oidc/jwks")
        #expect(client.emulator.keyIDs == [waiting, try #require(current)])
        client.emulator.dropPreviousKey()
        #expect(client.emulator.keyIDs == [waiting])
    }
}
