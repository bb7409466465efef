/// Streams of requests that are nearly right: heads, bodies of both framings, and what follows them.
struct StreamMutator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let requestLines = [
        "GET / HTTP/1.1", "POST /a/b?c=d HTTP/1.1", "PUT /a%20b/ HTTP/1.1", "HEAD /a HTTP/1.1",
        "DELETE /a/%C3%A9 HTTP/1.1", "PATCH /~!$&'()*+,=:@ HTTP/1.1", "POST / HTTP/1.0",
        "GET http://g/a?b HTTP/1.1", "FOO /?a=b?c/d HTTP/1.1", "OPTIONS /a HTTP/1.1",
    ]
    private static let fields = [
        "Accept: */*", "X: a b\tc", "X:", "Connection: keep-alive", "Connection: close",
        "Cookie: a=b", "TE: trailers", "Expect: 100-continue", "Content-Type: text/plain",
        "Content-Length: 5", "Content-Length: 0", "Transfer-Encoding: chunked", "Trailer: X-Sum",
        "Upgrade: h2c", "X-Long: 0123456789abcdef0123456789abcdef0123456789abcdef",
        "Range: bytes=0-",
    ]
    private static let bodies = [
        "", "hello", "0\r\n\r\n", "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n", "\r\n",
        "5\r\nhello\r\n",
        "a=b&c=%00", "\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: g\r\n\r\n", "{\"a\": [1, 2, null]}",
    ]
    private static let insertions = [
        "\r\n", "\n", "\r", " ", "\t", ";", ";a=b", "0\r\n\r\n", "0\r\n", "\r\n\r\n", "\0", "+",
        "0x",
        "_", ",", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\u{B}", "-", "00",
        "X: y\r\n", "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n", ":", "\"",
    ]

    private mutating func pick(_ texts: [String]) -> String {
        texts.randomElement(using: &generator) ?? ""
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// The next stream: one to four requests, mutated at up to three places.
    mutating func next() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<number(1...4) { bytes += request() }
        // Half of the streams stay as they are or get one change: deep states must be reached.
        var mutations = max(0, number(-1...3))
        while mutations > 0, !bytes.isEmpty {
            mutations -= 1
            mutate(&bytes)
        }
        return bytes
    }

    private mutating func request() -> [UInt8] {
        var lines = [pick(Self.requestLines)]
        if number(0...19) > 0 { lines.append("Host: g") }
        for _ in 0..<number(0...2) { lines.append(pick(Self.fields)) }
        let body = Array(pick(Self.bodies).utf8)
        switch number(0...5) {
        case 0, 1:
            lines.append("Content-Length: \(body.count)")
            return head(lines) + body
        case 2, 3, 4:
            lines.append("Transfer-Encoding: chunked")
            return head(lines) + chunks(of: body)
        default:
            return head(lines)
        }
    }

    private func head(_ lines: [String]) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private mutating func chunks(of body: [UInt8]) -> [UInt8] {
        var rest = body[...]
        var framed: [UInt8] = []
        while !rest.isEmpty {
            let part = rest.prefix(number(1...max(1, body.count)))
            rest = rest.dropFirst(part.count)
            framed += Array((size(part.count) + "\r\n").utf8) + part + Array("\r\n".utf8)
        }
        framed += Array((size(0) + "\r\n").utf8)
        if number(0...3) == 0 { framed += Array("X-Sum: \(number(0...9))\r\n".utf8) }
        return framed + Array("\r\n".utf8)
    }

    private mutating func size(_ count: Int) -> String {
        var text = String(count, radix: 16, uppercase: Bool.random(using: &generator))
        if number(0...4) == 0 { text = String(repeating: "0", count: number(1...3)) + text }
        if number(0...4) == 0 { text += pick([";a", ";a=b", ";a=\"b;c\"", ";a=b;c=\"\\\"\""]) }
        return text
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let at = number(0...bytes.count - 1)
        switch number(0...8) {
        case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &generator)
        case 1, 2: bytes.insert(contentsOf: Array(pick(Self.insertions).utf8), at: at)
        case 3: bytes.remove(at: at)
        case 4: bytes[at] ^= 0x20
        case 5:
            let end = min(at + number(1...12), bytes.count)
            bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 6: bytes.removeLast(min(bytes.count, number(1...8)))
        case 7:
            // A digit of a length or a size.
            let digits = bytes.indices.filter { bytes[$0] &- UInt8(ascii: "0") < 10 }
            guard let place = digits.randomElement(using: &generator) else { return }
            bytes[place] = UInt8(ascii: "0") + UInt8(number(0...9))
        default:
            let line = Array("\r\n".utf8)
            let ends = bytes.indices.filter { bytes[$0...].starts(with: line) }
            guard let place = ends.randomElement(using: &generator) else { return }
            bytes.replaceSubrange(place..<place + 2, with: Array(pick(Self.insertions).utf8))
        }
    }
}
