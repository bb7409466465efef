import HTTPProxy
import TestSupport
import Transport
import Values

@testable import LogtoEmulator

/// An emulator behind a real listener on a free port.
struct ServedEmulator {
    let emulator: EmulatedLogto
    let clock: TestClock
    let port: UInt16

    /// Serves while the body runs.
    static func run(
        seeded: Bool = true, _ body: (ServedEmulator) async throws -> Void
    ) async throws {
        let client = try EmulatorClient(seeded: seeded)
        let emulator = client.emulator
        let group = try EventLoopGroup(count: 1, name: "emulator")
        group.start()
        // A busy test machine may take long between connecting and sending.
        var configuration = HTTPServerConfiguration()
        configuration.deadlines.head = .seconds(60)
        var result: Result<Void, any Error>
        do {
            let server = try HTTPServer(
                group: group, address: .loopback(port: 0), configuration: configuration
            ) { _ in LocalServiceGate(emulator) }
            let port = server.boundAddress.port ?? 0
            emulator.move(to: "http://127.0.0.1:\(port)")
            let served = ServedEmulator(emulator: emulator, clock: client.clock, port: port)
            do {
                try await body(served)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await server.drain(within: .zero)
        } catch {
            result = .failure(error)
        }
        await group.stop(drainDeadline: .zero)
        try result.get()
    }

    /// Sends a request on a connection of its own, and reads until the other end has finished, or
    /// broke off.
    func exchange(
        _ method: String, _ target: String, token: String = "", body: String = ""
    ) async throws -> String {
        let client = try await RawClient.connect(port: port)
        try await client.send(
            "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
                + "Authorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let text: String
        do {
            text = try await client.readTextToEnd()
        } catch RawClient.Failure.reset {
            text = ""
        }
        await client.close()
        return text
    }
}
