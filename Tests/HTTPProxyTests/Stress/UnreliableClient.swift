import Synchronization
import Testing
import Transport
import Values

@testable import HTTPProxy

/// What the clients of a stress test found.
final class StressFindings: Sendable {
    private struct State {
        var clients = 0
        var whole = 0
        var refused = 0
        var cut = 0
        var wrong: [String] = []
    }
    private let state: Mutex<State>

    init(clients: Int) { state = Mutex(State(clients: clients)) }

    var isOver: Bool { state.withLock { $0.clients == 0 } }
    var whole: Int { state.withLock { $0.whole } }
    var wrong: [String] { state.withLock { $0.wrong } }
    var summary: String {
        state.withLock { "\($0.whole) whole, \($0.refused) refused, \($0.cut) cut" }
    }

    func clientIsDone() { state.withLock { $0.clients -= 1 } }
    func gotWhole() { state.withLock { $0.whole += 1 } }
    func gotRefusal() { state.withLock { $0.refused += 1 } }
    func gotCut() { state.withLock { $0.cut += 1 } }
    func isWrong(_ text: String) { state.withLock { $0.wrong.append(text) } }
}

/// A client that connects again and again: sends requests whole, in pieces, pipelined or not, reads slowly,
/// and leaves at any point. It looks at every answer that it gets.
final class UnreliableClient: StreamHandler {
    /// A place to connect to.
    struct Place: Sendable {
        let address: SocketAddress
        let tls: TLSTarget?
    }

    private static let numbers = Atomic(1)

    private var random: SeededGenerator
    private let places: [Place]
    private let findings: StressFindings
    private let connectionsLeft: Int

    private var isOver = false
    private var unsent: [[UInt8]] = []
    /// The requests whose answers are to come, in order.
    private var expected: [(number: Int, bodyBytes: Int, isHead: Bool)] = []
    private var requestsLeft = 0
    private var isPipelined = false
    private var incoming: [UInt8] = []
    private var head = ResponseHead()
    private var status = 0
    private var reader: BodyReader?
    private var body: [UInt8] = []

    init(
        seed: UInt64, places: [Place], findings: StressFindings, connections: Int
    ) {
        random = SeededGenerator(seed: seed)
        self.places = places
        self.findings = findings
        connectionsLeft = connections
    }

    private func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    /// Connects.
    func next(on loop: EventLoop) {
        guard connectionsLeft > 0, let place = places.randomElement(using: &random) else {
            findings.clientIsDone()
            return
        }
        requestsLeft = Int.random(in: 1...5, using: &random)
        isPipelined = chance(30)
        do {
            let stream = try loop.connect(
                to: place.address, tls: place.tls, handler: self,
                deadline: loop.now.monotonic.advanced(by: .seconds(10)))
            // Some leave in the middle of the handshake.
            if chance(5) { leave(stream) }
        } catch {
            findings.isWrong("connect: \(error)")
            goOn(loop)
        }
    }

    /// Another client takes its place.
    private func goOn(_ loop: EventLoop) {
        isOver = true
        UnreliableClient(
            seed: random.next(), places: places, findings: findings,
            connections: connectionsLeft - 1
        ).next(on: loop)
    }

    func opened(_ stream: ByteStream) {
        repeat { addRequest() } while isPipelined && requestsLeft > 0
        send(on: stream)
    }

    private func addRequest() {
        guard requestsLeft > 0 else { return }
        requestsLeft -= 1
        let number = Self.numbers.add(1, ordering: .relaxed).newValue
        let start = " /n/\(number) HTTP/1.1\r\nHost: g\r\n"
        var all: [UInt8]
        var count = 0
        let isHead = chance(5)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            count = [1, 300, 20_000, 150_000].randomElement(using: &random) ?? 1
            all = Array("POST\(start)Content-Length: \(count)\r\n\r\n".utf8)
            all += [UInt8](repeating: UInt8(ascii: "b"), count: count)
        case 1:
            all = Array("PUT\(start)Transfer-Encoding: chunked\r\n\r\n".utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let size = Int.random(in: 1...9000, using: &random)
                count += size
                all += Array("\(String(size, radix: 16))\r\n".utf8)
                all += [UInt8](repeating: UInt8(ascii: "c"), count: size) + Array("\r\n".utf8)
            }
            all += Array("0\r\n\r\n".utf8)
        default: all = Array("\(isHead ? "HEAD" : "GET")\(start)\r\n".utf8)
        }
        expected.append((number, count, isHead && all.starts(with: Array("HEAD".utf8))))
        if chance(50) {
            unsent.append(all)
        } else {
            var rest = all[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...max(all.count / 2, 1), using: &random))
                unsent.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
        }
    }

    private func send(on stream: ByteStream) {
        while !unsent.isEmpty, !isOver {
            if chance(3) {
                leave(stream)
                return
            }
            let piece = unsent.removeFirst()
            stream.write(piece.span)
            if !unsent.isEmpty, chance(40) { break }
        }
        guard stream.isOpen, !isOver else { return }
        // Without more to send it waits; whoever is never answered gives up.
        let time: Duration = unsent.isEmpty ? .seconds(4) : .milliseconds(1)
        stream.deadline = stream.loop.now.monotonic.advanced(by: time)
    }

    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        if chance(2) {
            leave(stream)
            return bytes.count
        }
        if chance(5) {
            stream.pauseReading()
            stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(3))
        }
        for index in bytes.indices { incoming.append(bytes[index]) }
        while !isOver, readAnswer(on: stream) {}
        return bytes.count
    }

    /// Reads an answer on; false where more must come.
    private func readAnswer(on stream: ByteStream) -> Bool {
        guard let asked = expected.first else {
            if !incoming.isEmpty { wrong("bytes that nobody asked for", stream) }
            return false
        }
        if reader == nil {
            guard !incoming.isEmpty else { return false }
            do {
                guard
                    try Self.scan(incoming, into: &head)
                else { return false }
            } catch {
                wrong("\(error): \(String(decoding: incoming.prefix(80), as: UTF8.self))", stream)
                return false
            }
            incoming.removeFirst(head.end)
            status = head.status
            guard status >= 200 else { return true }
            let framing = head.body(answeringHead: asked.isHead)
            if framing == .untilClose { wrong("an answer without an end", stream) }
            reader = BodyReader(framing)
            body = []
        }
        var offset = 0
        defer { incoming.removeFirst(offset) }
        while true {
            if reader?.remaining == 0 { break }
            do {
                guard let step = try Self.step(&reader, incoming, &offset) else { return false }
                switch step {
                case .data(let range): body += incoming[range]
                case .trailer: continue
                case .needMore: return false
                case .end:
                    finish(asked, on: stream)
                    return true
                }
            } catch {
                wrong("the body is malformed: \(error)", stream)
                return false
            }
        }
        finish(asked, on: stream)
        return true
    }

    private static func step(
        _ reader: inout BodyReader?, _ bytes: [UInt8], _ offset: inout Int
    ) throws(BodyFault) -> ChunkedDecoder.Step? {
        try reader?.next(bytes.span, at: &offset)
    }

    private static func scan(
        _ bytes: [UInt8], into head: inout ResponseHead
    ) throws(ResponseFault) -> Bool {
        try ResponseHeadScanner.scan(bytes.span, limits: .init(), into: &head)
    }

    private func finish(_ asked: (number: Int, bodyBytes: Int, isHead: Bool), on stream: ByteStream)
    {
        reader = nil
        expected.removeFirst()
        if status == 200 {
            if !asked.isHead { check(asked, stream) }
            findings.gotWhole()
        } else if [401, 408, 502, 503, 504].contains(status) {
            findings.gotRefusal()
        } else {
            wrong("status \(status) for \(asked)", stream)
        }
        if expected.isEmpty, requestsLeft > 0 {
            addRequest()
            send(on: stream)
        } else if expected.isEmpty {
            leave(stream)
        }
    }

    private func check(_ asked: (number: Int, bodyBytes: Int, isHead: Bool), _ stream: ByteStream) {
        let received = [asked.bodyBytes, -1].map {
            UnreliableUpstream.body(number: asked.number, received: $0, count: body.count)
        }
        if !received.contains(body) {
            wrong(
                "for \(asked): \(String(decoding: body.prefix(60), as: UTF8.self)) \(body.count)",
                stream)
        }
    }

    private func wrong(_ text: String, _ stream: ByteStream) {
        findings.isWrong(text)
        leave(stream)
    }

    private func leave(_ stream: ByteStream) {
        guard !isOver else { return }
        let loop = stream.loop
        if !expected.isEmpty { findings.gotCut() }
        if chance(50) { stream.close() } else { stream.abort() }
        goOn(loop)
    }

    func writable(_ stream: ByteStream) {}
    func ended(_ stream: ByteStream) { leave(stream) }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        guard !isOver else { return }
        if !expected.isEmpty { findings.gotCut() }
        goOn(stream.loop)
    }

    func deadlinePassed(_ stream: ByteStream) {
        if stream.isReadingPaused {
            stream.resumeReading()
            stream.deadline = stream.loop.now.monotonic.advanced(
                by: unsent.isEmpty ? .seconds(4) : .milliseconds(1))
        } else if unsent.isEmpty {
            findings.isWrong("no answer for \(expected)")
            leave(stream)
        } else {
            send(on: stream)
        }
    }
}
