import Testing
import Values

@testable import HTTPProxy

/// A head as values, for comparisons.
struct ReadHead: Equatable {
    var method = ""
    var target = ""
    var isVersion11 = true
    var fields: [String] = []
    var body = BodyFraming.none
    var end = 0

    /// What the scanner makes of bytes that come in these portions, as a connection would ask it.
    static func read(
        _ bytes: [UInt8], portions: [Int], limits: HeadScanner.Limits = .init()
    ) -> Result<ReadHead?, RequestFault> {
        var head = RequestHead()
        var available = 0
        var seen = 0
        for portion in portions {
            available = min(available + portion, bytes.count)
            let span = bytes.span.extracting(0..<available)
            if seen > 0, !HeadScanner.shouldScan(span, seen: seen, limits: limits) {
                seen = available
                continue
            }
            seen = available
            do throws(RequestFault) {
                if try HeadScanner.scan(span, limits: limits, into: &head) {
                    return .success(ReadHead(head, span))
                }
            } catch {
                return .failure(error)
            }
        }
        return .success(nil)
    }

    static func read(_ text: String) -> Result<ReadHead?, RequestFault> {
        read(Array(text.utf8), portions: [text.utf8.count])
    }

    private init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        method = bytes.text(head.method)
        target = bytes.text(head.target)
        isVersion11 = head.isVersion11
        fields = head.fields.map { "\(bytes.text($0.name)): \(bytes.text($0.value))" }
        body = head.body
        end = head.end
    }
}

@Suite struct HeadScannerTests {
    @Test func `a head becomes ranges, with its framing`() throws {
        let text =
            "POST /a?b HTTP/1.1\r\nHost: g\r\nX:\t a b \t\r\ncontent-LENGTH:5\r\nE:\r\n\r\nhello"
        let head = try #require(try ReadHead.read(text).get())
        #expect(head.method == "POST" && head.target == "/a?b" && head.isVersion11)
        #expect(head.fields == ["Host: g", "X: a b", "content-LENGTH: 5", "E: "])
        #expect(head.body == .length(5))
        #expect(head.end == text.utf8.count - 5)
    }

    @Test func `a chunked body, and none`() throws {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
        #expect(try ReadHead.read(chunked).get()?.body == .chunked)
        let empty = "GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
        #expect(try ReadHead.read(empty).get()?.body == BodyFraming.none)
    }

    @Test func `a fault in a line counts only when the line has ended`() {
        for start in ["GET /a\0", "GET / HTTP/1.1\r\nX\0", "GET / HTTP/1.1\r\n Y"] {
            #expect(ReadHead.read(start) == .success(nil))
            if case .success = ReadHead.read(start + "\n") { Issue.record("\(start) accepted") }
        }
        // What cannot be HTTP is refused at once.
        #expect(ReadHead.read("\u{16}\u{3}\u{1}") == .failure(.malformed(.method)))
    }

    /// Heads around every rule, good and bad.
    static let heads: [String] = [
        "GET / HTTP/1.1\r\nHost: g\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\nHost: g\n\n", "GET / HTTP/1.1\r\nHost: g\n\r\n", "GET /\r\n",
        "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\n X: a\r\n\r\n", "GET / HTTP/1.1\r\nX : a\r\n\r\n",
        "GET / HTTP/1.1\r\n: a\r\n\r\n", "GET / HTTP/1.1\r\nX\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n", "GET / HTTP/1.\r\n\r\n",
        "GET / HTTP/1.1\r\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET / \r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n",
        "G(T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 05\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nContent_Length: 5\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nExpect: x\r\n\r\n",
        "GET / HTTP/1.1\r\nX: \u{E9}\r\nConnection: close, TE\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: ,\r\n\r\n",
        "GET /" + String(repeating: "a", count: 300) + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 700) + "\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 700) + "\0\r\n\r\n",
        "GET / HTTP/1.1\r\n" + String(repeating: "X: a\r\n", count: 12) + "\r\n",
        String(repeating: "M", count: 40) + " / HTTP/1.1\r\n\r\n", "GET / http/1.1\r\n\r\n",
    ]

    @Test(arguments: heads) func `any split of the bytes gives the same verdict`(_ text: String) {
        var limits = HeadScanner.Limits()
        (limits.headBytes, limits.targetBytes, limits.fields) = (600, 200, 10)
        let bytes = Array((text + "rest\r\n").utf8)
        let whole = ReadHead.read(bytes, portions: [bytes.count], limits: limits)
        for first in 0...bytes.count {
            let split = ReadHead.read(bytes, portions: [first, bytes.count], limits: limits)
            #expect(split == whole, "split at \(first)")
        }
        let single = [Int](repeating: 1, count: bytes.count)
        #expect(ReadHead.read(bytes, portions: single, limits: limits) == whole)
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let portions = bytes.indices.map { _ in Int.random(in: 1...40, using: &generator) }
            let result = ReadHead.read(bytes, portions: portions, limits: limits)
            #expect(result == whole, "seed \(seed), portions \(portions.prefix(8))")
        }
    }

    @Test func `a slow sender does not make the scan quadratic`() {
        let limits = HeadScanner.Limits()
        let line = Array("GET / HTTP/1.1\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: 30_000)
        var scans = 0
        for seen in line.indices.dropFirst()
        where HeadScanner.shouldScan(
            line.span.extracting(0..<seen + 1), seen: seen, limits: limits)
        {
            scans += 1
        }
        #expect(scans < 100)
    }
}

@Suite struct KnownFieldTests {
    @Test(arguments: KnownField.allCases.filter { $0 != .other })
    func `a known name is known whatever stands behind its head`(_ field: KnownField) {
        for value in ["", "a", "chunked"] {
            let text = "GET / HTTP/1.1\r\n\(field.name):\(value)\r\n\r\n"
            let verdicts = ["", "GET ", "GET / HTTP/1.1\r\nHost: g\r\n\r\n"].map { rest in
                var head = RequestHead()
                let bytes = Array((text + rest).utf8)
                do throws(RequestFault) {
                    _ = try HeadScanner.scan(bytes.span, limits: .init(), into: &head)
                    return "\(head.fields.map(\.known))"
                } catch {
                    return error.detail
                }
            }
            #expect(Set(verdicts).count == 1, "\(text.debugDescription): \(verdicts)")
        }
    }

    @Test func `each known name is known in any case, at any place, and its neighbours are not`() {
        for field in KnownField.allCases where field != .other {
            for (before, after) in [(0, 0), (3, 0), (0, 20), (5, 9)] {
                for name in [field.name, field.name.uppercased()] {
                    let bytes =
                        [UInt8](repeating: 0x61, count: before) + Array(name.utf8)
                        + [UInt8](repeating: 0x3A, count: after)
                    let range = before..<before + name.utf8.count
                    // Long names always have eight bytes in front of the end of a real head.
                    if name.utf8.count < 8 || after > 0 || before > 0 || true {
                        #expect(KnownField.of(range, in: bytes.span) == field, "\(name)")
                    }
                }
            }
            for index in field.name.utf8.indices {
                for replacement in UInt8.min ... .max {
                    var bytes = Array(field.name.utf8)
                    let at = field.name.utf8.distance(from: field.name.utf8.startIndex, to: index)
                    let isLetter = (0x61...0x7A).contains(bytes[at])
                    if bytes[at] == replacement { continue }
                    if isLetter, bytes[at] == replacement | 0x20, replacement & 0x40 != 0 {
                        continue
                    }
                    bytes[at] = replacement
                    bytes += Array(": value".utf8)
                    let known = KnownField.of(0..<field.name.utf8.count, in: bytes.span)
                    #expect(known != field, "\(field.name) with another byte at \(at)")
                }
            }
        }
    }
}
