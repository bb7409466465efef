import Outbound
import System
import Telemetry
import TestSupport
import Testing
import Values

/// Whom the client believes.
@Suite(.enabled(if: OpenSSLServer.isInstalled), .serialized) struct TrustTests {
    private func answer(
        of server: OpenSSLServer, trusting file: String?
    ) async throws -> Result<Int, OutboundFailure> {
        let client = try OutboundClient(
            OutboundConfiguration(caFile: file), metrics: Metrics(), clock: Clocks.monotonic)
        let result: Result<Int, OutboundFailure>
        do {
            let request = OutboundRequest(.get, "https://localhost:\(server.port)/")
            result = .success(try await client.send(request).status)
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return result
    }

    private func isUntrusted(_ result: Result<Int, OutboundFailure>) -> Bool {
        guard case .failure(let failure) = result else { return false }
        return failure.kind == .untrusted && failure.outcome == .notSent
    }

    @Test func `a certificate of the file is believed`() async throws {
        let server = try await OpenSSLServer.started(name: "localhost")
        defer { server.stop() }
        #expect(try await answer(of: server, trusting: server.certificate) == .success(200))
    }

    @Test func `KEY-16 a certificate that nobody vouches for is refused`() async throws {
        let server = try await OpenSSLServer.started(name: "localhost")
        defer { server.stop() }
        #expect(isUntrusted(try await answer(of: server, trusting: nil)))
    }

    @Test func `KEY-16 a certificate for another name is refused`() async throws {
        let server = try await OpenSSLServer.started(name: "other.example")
        defer { server.stop() }
        #expect(isUntrusted(try await answer(of: server, trusting: server.certificate)))
    }

    @Test func `KEY-16 a certificate that is over is refused`() async throws {
        let server = try await OpenSSLServer.started(name: "localhost", isExpired: true)
        defer { server.stop() }
        #expect(isUntrusted(try await answer(of: server, trusting: server.certificate)))
    }

    @Test func `KEY-16 TLS 1.1 is refused`() async throws {
        let server = try await OpenSSLServer.started(
            name: "localhost", options: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        defer { server.stop() }
        #expect(isUntrusted(try await answer(of: server, trusting: server.certificate)))
    }

    @Test func `a file of certificates replaces the system's`() async throws {
        let (server, other) = (
            try await OpenSSLServer.started(name: "localhost"),
            try await OpenSSLServer.started(name: "localhost")
        )
        defer {
            server.stop()
            other.stop()
        }
        #expect(isUntrusted(try await answer(of: server, trusting: other.certificate)))
        #expect(isUntrusted(try await answer(of: server, trusting: "/nowhere/ca.crt")))
    }
}
