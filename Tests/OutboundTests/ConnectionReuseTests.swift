import Outbound
import Synchronization
import System
import Telemetry
import TestSupport
import Testing
import Values

/// What happens on a connection that was used before.
@Suite struct ConnectionReuseTests {
    /// Answers the first request of each connection; any later one meets a close without an answer.
    private func closingServer() throws -> ScriptedServer {
        let seen = SeenConnections()
        return try ScriptedServer { request in
            seen.isFirst(request.connection) ? ScriptedServer.answer(200, [:], "x") : [.close]
        }
    }

    private func client(_ configuration: OutboundConfiguration = .init()) throws -> OutboundClient {
        try OutboundClient(configuration, metrics: Metrics(), clock: Clocks.monotonic)
    }

    @Test func `a connection is used again`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(200, [:], "x") }
        defer { server.stop() }
        let client = try client()
        for _ in 0..<3 { _ = try await client.send(OutboundRequest(.post, server.url + "/")) }
        #expect(server.requests.map(\.connection) == [0, 0, 0])
        await client.shutdown()
    }

    @Test(arguments: [HTTPMethod.post, .put, .patch, .delete])
    func `L36 a mutation that dies on a used connection is sent once, its outcome unknown`(
        _ method: HTTPMethod
    ) async throws {
        let server = try closingServer()
        defer { server.stop() }
        let client = try client()
        _ = try await client.send(OutboundRequest(.get, server.url + "/"))
        let failure = await #expect(throws: OutboundFailure.self) {
            try await client.send(OutboundRequest(method, server.url + "/", body: [1]))
        }
        #expect(failure?.outcome == .unknown)
        #expect(server.requests.map(\.method) == ["GET", method.name])
        await client.shutdown()
    }

    @Test func `a read that dies on a used connection is sent again on a new one`() async throws {
        let server = try closingServer()
        defer { server.stop() }
        let client = try client()
        for _ in 0..<2 { _ = try await client.send(OutboundRequest(.get, server.url + "/")) }
        #expect(server.requests.map(\.connection) == [0, 0, 1])
        await client.shutdown()
    }
}

/// Which connections have asked before.
final class SeenConnections: Sendable {
    private let seen = Mutex<Set<Int>>([])

    func isFirst(_ connection: Int) -> Bool {
        seen.withLock { $0.insert(connection).inserted }
    }
}
