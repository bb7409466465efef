import Synchronization
import Transport
import Values

/// What one server has on one loop: the gate and everything that its connections share.
final class ProxyLoop: StreamAcceptor {
    private static let serverNumbers = Atomic(1)

    let loop: EventLoop
    let server: Int
    let configuration: HTTPServerConfiguration
    let gate: any RequestGate

    init(
        loop: EventLoop, server: Int, configuration: HTTPServerConfiguration,
        gate: any RequestGate
    ) {
        self.loop = loop
        self.server = server
        self.configuration = configuration
        self.gate = gate
    }

    /// A number by which a server's objects are found on each loop.
    static func nextServerNumber() -> Int {
        serverNumbers.add(1, ordering: .relaxed).newValue
    }

    /// The part of a server that lives on a loop.
    static func of(_ loop: EventLoop, server: Int) -> ProxyLoop? {
        loop.attached(ProxyLoop.self, key: server)
    }

    func accepted(_ stream: ByteStream) -> any StreamHandler { ClosingHandler() }
    func resume(slot: Int, generation: UInt64) {}
    func answer(_ response: LocalResponse?, slot: Int, generation: UInt64) {}
    func abandon(slot: Int, generation: UInt64) {}
    func drain(within time: Duration, whenDone: @escaping () -> Void) { whenDone() }
    func replaceUpstreams(_ upstreams: [HTTPServerConfiguration.Upstream]) {}
}

/// Ends a connection at its first byte.
private final class ClosingHandler: StreamHandler {
    func opened(_ stream: ByteStream) {}
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        stream.close()
        return bytes.count
    }
    func writable(_ stream: ByteStream) {}
    func ended(_ stream: ByteStream) { stream.close() }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
    func deadlinePassed(_ stream: ByteStream) { stream.close() }
}
