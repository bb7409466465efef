import HTTPProxy
import Testing
import Values

@testable import LogtoEmulator

@Suite struct ServedEmulatorTests {
    @Test func `the emulator answers over HTTP as it does in the process`() async throws {
        try await ServedEmulator.run { served in
            let text = try await served.exchange(
                "GET", "/api/organizations?q=Globex", token: served.emulator.managementToken())
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("Total-Number: 1\r\n"))
            #expect(
                text.contains(
                    "Link: <http://127.0.0.1:\(served.port)/organizations?q=Globex&page=1>; "
                        + "rel=\"first\"\r\n"))
            #expect(text.contains("\"id\":\"org_b\""))
            let keys = try await served.exchange("GET", "/oidc/jwks")
            #expect(keys.contains("Content-Type: application/jwk-set+json; charset=utf-8\r\n"))
        }
    }

    @Test func `a connection that a fault closes brings no byte, and the call is performed or not`()
        async throws
    {
        try await ServedEmulator.run { served in
            let token = try served.emulator.managementToken()
            for (effect, count) in [(Fault.Effect.closeBefore, 3), (.closeAfter, 4)] {
                try served.emulator.plan(
                    Fault(method: .post, path: "/api/organizations", effect: effect))
                let text = try await served.exchange(
                    "POST", "/api/organizations", token: token, body: #"{"name":"New"}"#)
                #expect(text.isEmpty)
                #expect(served.emulator.organizations.count == count)
            }
        }
    }

    @Test func `a delayed answer comes when the service that sends it runs`() async throws {
        try await ServedEmulator.run { served in
            let emulator = served.emulator
            try emulator.plan(
                Fault(method: nil, path: "/oidc/jwks", effect: .delay(.milliseconds(1))))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await emulator.run() }
                let text = try await served.exchange("GET", "/oidc/jwks")
                #expect(text.hasPrefix("HTTP/1.1 200"))
                await emulator.stop()
                try await group.waitForAll()
            }
        }
    }
}
