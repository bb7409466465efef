import HTTPProxy
import LogtoEmulator
import System
import Transport
import Values

/// The emulator behind a listener of its own.
struct EmulatorServer: Sendable {
    let emulator: EmulatedLogto
    let server: HTTPServer
    /// The address that clients use.
    let endpoint: String

    /// Starts the emulator on loopback, at the wished port or the next free one.
    static func start(
        _ emulator: EmulatedLogto, on group: EventLoopGroup, port: UInt16
    ) async throws(TransportFailure) -> EmulatorServer {
        let server = try await PortChoice.firstFree(from: port) {
            (address) throws(TransportFailure) in
            try listen(emulator, on: group, at: address)
        }
        return finish(emulator, server)
    }

    /// Starts the emulator at exactly this address.
    static func start(
        _ emulator: EmulatedLogto, on group: EventLoopGroup, at address: SocketAddress
    ) throws(TransportFailure) -> EmulatorServer {
        finish(emulator, try listen(emulator, on: group, at: address))
    }

    private static func listen(
        _ emulator: EmulatedLogto, on group: EventLoopGroup, at address: SocketAddress
    ) throws(TransportFailure) -> HTTPServer {
        try HTTPServer(group: group, address: address, configuration: HTTPServerConfiguration()) {
            _ in LocalServiceGate(emulator)
        }
    }

    private static func finish(_ emulator: EmulatedLogto, _ server: HTTPServer) -> EmulatorServer {
        let endpoint = "http://\(server.boundAddress)"
        emulator.move(to: endpoint)
        return EmulatorServer(emulator: emulator, server: server, endpoint: endpoint)
    }

    /// What scripts need to call the Management API.
    func management() throws(EmulatorRefusal) -> DevPage.Management {
        let client = emulator.managementClient
        return DevPage.Management(
            resource: emulator.managementResource, clientID: client.id.text,
            clientSecret: client.secret, token: try emulator.managementToken())
    }
}
