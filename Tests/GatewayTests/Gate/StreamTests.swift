import HTTPProxy
import JOSE
import LogtoEmulator
import System
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// Event streams: what was allowed at their beginning is held to what holds now.
@Suite struct StreamTests {
    private static let line = "GET /orgs/org_a/projects"
    private static let refusing = """
        gatehouse: 1
        kind: policy
        name: projects
        upstream: backend
        organization: path.org
        routes:
          - id: list
            match: GET /orgs/{org}/projects
            allow: delete:projects
        """

    /// A stream that goes on: the client has read its head and its first event.
    private struct Stream {
        let site: TestSite
        let client: RawClient
        let upstream: RawClient

        /// Waits until the gateway has cut the client off and left the upstream.
        func isCut() async throws -> Bool {
            var cut = false
            do {
                _ = try await client.readToEnd()
            } catch {
                cut = true
            }
            // A reset or an end: the gateway is gone from the upstream either way.
            _ = try? await upstream.readToEnd()
            return cut
        }

        /// Whether events still arrive.
        func goesOn() async throws -> Bool {
            try await upstream.send("4\r\nmore\r\n")
            return try await client.read(until: "more\r\n").contains("more")
        }
    }

    private static func with(
        _ request: MintRequest, configuration: @escaping @Sendable (String) -> String = { $0 },
        options: @Sendable (inout GatewayRuntime.Options) -> Void = { _ in },
        line: String = line, files: [(String, String)] = [],
        _ body: (Stream) async throws -> Void
    ) async throws {
        let server = try RawServer()
        let port = server.port
        try await TestSite.with(
            files: files,
            configuration: { text in
                let lines = text.split(separator: "\n").map { line in
                    line.contains("backend: {url:")
                        ? "  backend: {url: \"http://127.0.0.1:\(port)\"}" : String(line)
                }
                return configuration(lines.joined(separator: "\n"))
            }, options: options
        ) { site in
            let token = try site.emulator.mint(request)
            let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
            try await client.send(
                "\(line) HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer \(token)\r\n\r\n")
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            try await upstream.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
            _ = try await client.read(until: "first\r\n")
            try await body(Stream(site: site, client: client, upstream: upstream))
        }
        await server.close()
    }

    private static var ann: MintRequest { MintRequest(subject: "u_ann", organization: "org_a") }

    @Test func `AV-28 a stream ends when its token does`() async throws {
        var request = Self.ann
        request.lifetime = 3
        try await Self.with(
            request,
            configuration: { $0.replacing("  audiences:", with: "  leeway: 0s\n  audiences:") }
        ) { stream in
            let isCut = try await stream.isCut()
            #expect(isCut)
            let ended = try await stream.site.metric("gatehouse_exchanges_ended_total")
            #expect(ended == 1)
        }
    }

    @Test func `a stream ends when its caller is revoked, and not when another is`() async throws {
        var request = Self.ann
        request.issuedAfter = -10
        try await Self.with(request) { stream in
            let gateway = stream.site.gateway
            let notBefore = Clocks.wall().advanced(bySeconds: -5)
            try await gateway.revocations.revoke([
                Watermark(.user(UserID("u_bob")), notBefore: notBefore)
            ])
            for _ in 0..<5 {
                let goesOn = try await stream.goesOn()
                #expect(goesOn)
            }
            try await gateway.revocations.revoke([
                Watermark(.user(UserID("u_ann")), notBefore: notBefore)
            ])
            let isCut = try await stream.isCut()
            #expect(isCut)
        }
    }

    @Test func `AV-29 a stream ends when a reload would deny it`() async throws {
        try await Self.with(Self.ann) { stream in
            try stream.site.policies.write("routes/projects.yaml", Self.refusing)
            stream.site.gateway.reload()
            let isCut = try await stream.isCut()
            #expect(isCut)
        }
    }

    @Test func `a stream that the next rule set allows as well goes on`() async throws {
        try await Self.with(Self.ann) { stream in
            try stream.site.policies.write(
                "routes/projects.yaml",
                Self.refusing.replacing("delete:projects", with: "read:projects"))
            stream.site.gateway.reload()
            _ = await stream.site.announced.next()
            for _ in 0..<5 {
                let goesOn = try await stream.goesOn()
                #expect(goesOn)
            }
        }
    }

    @Test func `a stream ends when the key of its token is gone`() async throws {
        try await Self.with(Self.ann) { stream in
            await stream.site.replaceTrust { trust in
                trust.replacingKeys(
                    of: stream.site.emulator.endpoint + "/oidc", with: nil,
                    generation: trust.generation + 1)
            }
            let isCut = try await stream.isCut()
            #expect(isCut)
        }
    }

    @Test func `a stream goes on while nobody has the time to check its token again`() async throws
    {
        let verifier = HeldVerifier()
        verifier.permit()
        try await Self.with(Self.ann, options: { $0.verification.check = verifier.check }) {
            stream in
            defer { verifier.permitAll() }
            await verifier.hasBegun()
            // Another configuration: the token is looked at anew.
            await stream.site.replaceTrust { trust in
                var keys: [String: KeySet] = [:]
                for issuer in trust.configuration.issuers { keys[issuer] = trust.keys(of: issuer) }
                return TrustSnapshot(
                    configuration: trust.configuration, keys: keys,
                    generation: trust.generation + 1)
            }
            await verifier.hasBegun()
            // It is asked about with each sweep; nobody waits for a signature more than twice.
            while try await stream.site.metric("gatehouse_verifier_overloaded_total") < 2,
                try await stream.site.metric(Self.ended) == 0
            { try Task.checkCancellation() }
            let waits = try await stream.goesOn()
            #expect(waits)
            verifier.permitAll()
            for _ in 0..<3 {
                let goesOn = try await stream.goesOn()
                #expect(goesOn)
            }
            #expect(try await stream.site.metric(Self.ended) == 0)
        }
    }

    @Test func `a stream ends when a reload asks for a header that cannot be sent`() async throws {
        let rules = Self.refusing.replacing("delete:projects", with: "read:projects")
            .replacing("{org}/projects", with: "{org}/projects/{name}")
        try await Self.with(
            Self.ann, line: "GET /orgs/org_a/projects/a%20",
            files: [("routes/projects.yaml", rules)]
        ) { stream in
            try stream.site.policies.write(
                "routes/projects.yaml",
                rules + "\n    then: {request_headers: {set: {X-Name: \"${path.name}\"}}}\n")
            stream.site.gateway.reload()
            let isCut = try await stream.isCut()
            #expect(isCut)
        }
    }

    private static let ended = "gatehouse_exchanges_ended_total"
}
