import Transport
import Values

@testable import HTTPProxy

/// An upstream that answers well most of the time: else it closes, resets, delays, answers early, breaks
/// off or sends rubbish. A whole answer names its request and its own length.
final class UnreliableUpstream: StreamAcceptor {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    func accepted(_ stream: ByteStream) -> any StreamHandler {
        Handler(SeededGenerator(seed: random.next()), stream)
    }

    /// An answer's body: which request it answers, how many bytes of a body that had, and how long
    /// it is itself.
    static func body(number: Int, received: Int, count: Int) -> [UInt8] {
        let start = "n=\(number);b=\(received);l=\(count);"
        return Array(start.utf8)
            + [UInt8](repeating: UInt8(ascii: "x"), count: max(count - start.utf8.count, 0))
    }

    private final class Handler: StreamHandler {
        private var random: SeededGenerator
        private var pending: [UInt8] = []
        private var number: Int?
        private var reader = BodyReader(BodyFraming.none)
        private var received = 0
        private var later: [[UInt8]] = []
        private var closesBehind = false
        private var isSilent = false

        init(_ random: SeededGenerator, _ stream: ByteStream) {
            self.random = random
            if chance(2) { stream.deadline = stream.loop.now.monotonic }
        }

        private func chance(_ percent: Int) -> Bool {
            Int.random(in: 0..<100, using: &random) < percent
        }

        func opened(_ stream: ByteStream) {}

        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            guard !isSilent else { return bytes.count }
            for index in bytes.indices { pending.append(bytes[index]) }
            while stream.isOpen, !isSilent {
                if number == nil, !readHead(on: stream) { break }
                guard stream.isOpen, !isSilent, readBody() else { break }
                answer(on: stream)
            }
            return bytes.count
        }

        private func readHead(on stream: ByteStream) -> Bool {
            var head = RequestHead()
            guard
                (try? HeadScanner.scan(pending.span, limits: .init(), into: &head)) == true
            else { return false }
            let target = String(decoding: pending[head.target], as: UTF8.self)
            number = Int(target.dropFirst(3)) ?? -1
            reader = BodyReader(head.body)
            received = 0
            pending.removeFirst(head.end)
            guard head.body != .none else { return true }
            if chance(4) {
                // An early answer, of which the rest of the body learns nothing.
                send(whole(received: -1), on: stream)
                isSilent = true
                if chance(50) { stream.close() } else { stream.finishWriting() }
            } else if chance(2) {
                stream.abort()
            }
            return true
        }

        private func readBody() -> Bool {
            var offset = 0
            defer { pending.removeFirst(offset) }
            while true {
                if reader.remaining == 0 { return true }
                switch try? reader.next(pending.span, at: &offset) {
                case .data(let range): received += range.count
                case .trailer: break
                case .end: return true
                case .needMore: return false
                case nil:
                    isSilent = true
                    return false
                }
            }
        }

        private func whole(received: Int, count: Int? = nil, close: Bool = false) -> [UInt8] {
            let count =
                count ?? [64, 100, 5000, 70_000, 200_000].randomElement(using: &random) ?? 64
            return Array(
                "HTTP/1.1 200 OK\r\nContent-Length: \(count)\(close ? "\r\nConnection: close" : "")\r\n\r\n"
                    .utf8)
                + UnreliableUpstream.body(number: number ?? -1, received: received, count: count)
        }

        private func answer(on stream: ByteStream) {
            defer { number = nil }
            let body = UnreliableUpstream.body(
                number: number ?? -1, received: received, count: 3000)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50: send(whole(received: received), on: stream)
            case 50..<58:
                // In chunks, one after the other.
                send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", on: stream)
                for start in stride(from: 0, to: 3000, by: 1000) {
                    later.append(
                        Array("3e8\r\n".utf8) + body[start..<start + 1000] + Array("\r\n".utf8))
                }
                later.append(Array("0\r\n\r\n".utf8))
                soon(stream)
            case 58..<62:
                send("HTTP/1.1 200 OK\r\n\r\n", on: stream)
                stream.write(body.span)
                stream.close()
                isSilent = true
            case 62..<66:
                // The end is cut off; the reset says so.
                send("HTTP/1.1 200 OK\r\n\r\n", on: stream)
                send(Array(body[..<2000]), on: stream)
                stream.abort()
            case 66..<71:
                send(Array(whole(received: received, count: 5000)[..<1000]), on: stream)
                isSilent = true
                if chance(50) { stream.close() } else { stream.abort() }
            case 71..<76: if chance(50) { stream.close() } else { stream.abort() }
            case 76..<80:
                send(whole(received: received), on: stream)
                stream.close()
            case 80..<84: send(whole(received: received, close: true), on: stream)
            case 84..<89:
                later.append(whole(received: received))
                soon(stream)
            case 89..<91: send("HTTP/1.1 200\nrubbish\r\n\r\n", on: stream)
            case 91..<93: send(whole(received: received, count: 64) + [88], on: stream)
            case 93..<97:
                send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", on: stream)
                later.append(whole(received: received))
                soon(stream)
            default: isSilent = true
            }
        }

        private func send(_ text: String, on stream: ByteStream) {
            send(Array(text.utf8), on: stream)
        }
        private func send(_ bytes: [UInt8], on stream: ByteStream) {
            if later.isEmpty { stream.write(bytes.span) } else { later.append(bytes) }
        }

        private func soon(_ stream: ByteStream) {
            stream.deadline = stream.loop.now.monotonic.advanced(
                by: .milliseconds(Int.random(in: 0..<20, using: &random)))
        }

        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) { stream.close() }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {
            guard !later.isEmpty else {
                stream.abort()
                return
            }
            let next = later.removeFirst()
            stream.write(next.span)
            if !later.isEmpty { soon(stream) }
        }
    }
}
