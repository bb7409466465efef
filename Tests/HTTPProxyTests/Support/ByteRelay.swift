import Synchronization
import Transport
import Values

/// Passes bytes on between whoever connects and a server, and ends one side in order when the other
/// breaks: what somebody on the way may do to a connection under TLS.
final class ByteRelay: StreamAcceptor {
    private let target: SocketAddress

    private init(to target: SocketAddress) {
        self.target = target
    }

    /// Listens on a free port.
    static func listen(on group: EventLoopGroup, to target: SocketAddress) throws -> SocketAddress {
        try group.listen(on: .loopback(port: 0)) { _ in ByteRelay(to: target) }
    }

    func accepted(_ stream: ByteStream) -> any StreamHandler {
        let (near, far) = (Side(), Side())
        far.other = stream
        near.other = try? stream.loop.connect(
            to: target, handler: far,
            deadline: stream.loop.now.monotonic.advanced(by: .seconds(10)))
        return near
    }

    private final class Side: StreamHandler {
        var other: ByteStream?

        func opened(_ stream: ByteStream) {}

        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            other?.write(bytes)
            return bytes.count
        }

        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) { end(stream) }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) { end(stream) }
        func deadlinePassed(_ stream: ByteStream) {}

        private func end(_ stream: ByteStream) {
            other?.close()
            other = nil
            stream.close()
        }
    }
}
