import HTTPProxy
import Synchronization
import Transport

/// An upstream that records every byte and answers each complete request with what its script says.
final class RecordingUpstream: Sendable {
    struct Connection {
        var received: [UInt8] = []
        var requests: [String] = []
        var isClosed = false
    }

    /// Makes the bytes of an answer; nil: none. The connection is closed behind it where told so.
    typealias Script = @Sendable (_ request: String) -> Reply

    enum Reply {
        case send(String)
        case sendBytes([UInt8])
        case sendThenClose(String)
        case sendThenReset(String)
        case close
        case none
    }

    private let connections = Mutex<[Connection]>([])
    let script: Script
    let address: SocketAddress

    init(
        on group: EventLoopGroup, settings: ListenerSettings = ListenerSettings(),
        script: @escaping Script
    ) throws {
        self.script = script
        let holder = Holder()
        address = try group.listen(on: .loopback(port: 0), settings: settings) { _ in
            Acceptor(holder: holder)
        }
        holder.upstream.withLock { $0 = self }
    }

    /// Everything that came, of all connections in order.
    var received: String {
        connections.withLock { all in
            String(decoding: all.flatMap(\.received), as: UTF8.self)
        }
    }

    /// The complete requests, of all connections in order.
    var requests: [String] { connections.withLock { $0.flatMap(\.requests) } }

    /// The complete requests without the lines that are different each time.
    var namelessRequests: [String] {
        requests.map { request in
            guard let head = request.range(of: "\r\n\r\n") else { return request }
            let lines = request[..<head.lowerBound].split(separator: "\r\n")
            let kept = lines.filter {
                !$0.hasPrefix("X-Request-Id: ") && !$0.hasPrefix("traceparent: ")
            }
            return kept.joined(separator: "\r\n") + request[head.lowerBound...]
        }
    }

    var connectionCount: Int { connections.withLock { $0.count } }

    private final class Holder: Sendable {
        let upstream = Mutex<RecordingUpstream?>(nil)
    }

    private final class Acceptor: StreamAcceptor {
        private let holder: Holder
        init(holder: Holder) { self.holder = holder }

        func accepted(_ stream: ByteStream) -> any StreamHandler {
            let upstream = holder.upstream.withLock { $0 }
            let index =
                upstream?.connections.withLock { all in
                    all.append(Connection())
                    return all.count - 1
                } ?? 0
            return Handler(upstream, index)
        }
    }

    private final class Handler: StreamHandler {
        private let upstream: RecordingUpstream?
        private let index: Int
        private var pending: [UInt8] = []

        init(_ upstream: RecordingUpstream?, _ index: Int) {
            self.upstream = upstream
            self.index = index
        }

        func opened(_ stream: ByteStream) {}

        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            for index in bytes.indices { pending.append(bytes[index]) }
            upstream?.connections.withLock { all in
                all[index].received += pending.suffix(bytes.count)
            }
            while let length = Self.requestLength(pending) {
                let request = String(decoding: pending.prefix(length), as: UTF8.self)
                pending.removeFirst(length)
                upstream?.connections.withLock { $0[index].requests.append(request) }
                switch upstream?.script(request) ?? .none {
                case .send(let text): stream.write(Array(text.utf8).span)
                case .sendBytes(let bytes): stream.write(bytes.span)
                case .sendThenClose(let text):
                    stream.write(Array(text.utf8).span)
                    stream.close()
                    return bytes.count
                case .sendThenReset(let text):
                    stream.write(Array(text.utf8).span)
                    stream.abort()
                    return bytes.count
                case .close:
                    stream.close()
                    return bytes.count
                case .none: break
                }
            }
            return bytes.count
        }

        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) { stream.close() }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {}

        /// The length of the first complete request, as the strictest peer would read it.
        private static func requestLength(_ bytes: [UInt8]) -> Int? {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let head = text.range(of: "\r\n\r\n") else { return nil }
            let headLength = text.utf8.distance(from: text.startIndex, to: head.upperBound)
            let lines = text[..<head.lowerBound].split(separator: "\r\n").map { $0.lowercased() }
            if lines.contains("transfer-encoding: chunked") {
                let body = ChunkedFramingProbe.read(Array(bytes.dropFirst(headLength)))
                return body.rest.map { bytes.count - $0 }
            }
            let length =
                lines.first { $0.hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
            return bytes.count >= headLength + length ? headLength + length : nil
        }
    }
}

extension StringProtocol {
    /// The first occurrence of a text, compared byte by byte (`\r\n` is one `Character`).
    func range(of text: String) -> Range<String.Index>? {
        let all = Array(utf8)
        let mark = Array(text.utf8)
        guard !mark.isEmpty, all.count >= mark.count else { return nil }
        for start in 0...(all.count - mark.count)
        where all[start..<start + mark.count].elementsEqual(mark) {
            let lower = utf8.index(utf8.startIndex, offsetBy: start)
            return lower..<utf8.index(lower, offsetBy: mark.count)
        }
        return nil
    }

    /// How often a text occurs.
    func occurrences(of text: String) -> Int {
        let all = Array(utf8)
        let mark = Array(text.utf8)
        guard all.count >= mark.count else { return 0 }
        return (0...(all.count - mark.count)).count {
            all[$0..<$0 + mark.count].elementsEqual(mark)
        }
    }
}
