import Transport

/// Sends back what comes; closes when the peer has finished.
final class EchoHandler: StreamHandler {
    func opened(_ stream: ByteStream) {}
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        stream.write(bytes)
        if stream.wantsPause { stream.pauseReading() }
        return bytes.count
    }
    func writable(_ stream: ByteStream) { stream.resumeReading() }
    func ended(_ stream: ByteStream) { stream.close() }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
    func deadlinePassed(_ stream: ByteStream) { stream.abort() }
}

/// Gives each connection a handler made by a function.
final class Acceptor: StreamAcceptor {
    private let make: (ByteStream) -> any StreamHandler

    init(_ make: @escaping (ByteStream) -> any StreamHandler) { self.make = make }

    func accepted(_ stream: ByteStream) -> any StreamHandler { make(stream) }
}
