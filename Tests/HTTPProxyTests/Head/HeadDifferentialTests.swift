import Documents
import Glibc
import TestSupport
import Testing
import Values

@testable import HTTPProxy

/// Mutated heads, read by us and by h11: what we accept, h11 reads in the same way, or refuses for
/// one of the reasons below. What we refuse it may accept: we are stricter.
@Suite struct HeadDifferentialTests {
    /// Why h11 refuses heads that we accept, by a part of its message.
    private static let documentedRefusals = [
        // h11 asks for Host in HTTP/1.1 while it reads; we do so when the head is normalized.
        "Missing mandatory Host: header"
    ]

    @Test func `what the head scanner accepts, h11 reads in the same way`() throws {
        guard PythonH11.isPresent else {
            #expect(!PythonH11.isRequired, "python3-h11 is absent: apt-get install python3-h11")
            print("skipped: python3-h11 is absent (apt-get install python3-h11)")
            return
        }
        let seed = UInt64.random(in: 0 ... .max)
        print("head differential: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let heads = (0..<6_000).map { _ in HeadMutator.next(&generator) }
        let answers = try PythonH11.read(heads)
        try #require(answers.count == heads.count)
        var (accepted, agreed) = (0, 0)
        for (head, answer) in zip(heads, answers) {
            guard case .success(let read?) = ReadHead.read(head, portions: [head.count]) else {
                continue
            }
            accepted += 1
            if let reason = answer["refused"]?.asText {
                let isDocumented = Self.documentedRefusals.contains {
                    reason.range(of: $0) != nil
                }
                #expect(isDocumented, "h11 refuses (\(reason)), seed \(seed): \(Self.show(head))")
                continue
            }
            agreed += 1
            let ours = Self.latin1(head).fields
            let fields = answer["headers"]?.asPairs ?? []
            #expect(
                answer["method"]?.asText == read.method && answer["target"]?.asText == read.target
                    && answer["version"]?.asText == (read.isVersion11 ? "1.1" : "1.0")
                    && fields == ours
                    && answer["framing"] == Self.framing(read.body),
                "seed \(seed): \(Self.show(head)) read by h11 as \(answer)")
        }
        // A mutator that only makes nonsense would prove nothing.
        #expect(accepted > 500 && agreed > 300)
    }

    private static func framing(_ body: BodyFraming) -> JSONValue {
        switch body {
        case .none: .string("none")
        case .chunked: .string("chunked")
        case .length(let length): .integer(Int64(length))
        }
    }

    /// The fields as we read them, each byte one character, as h11's program prints them.
    private static func latin1(_ bytes: [UInt8]) -> (fields: [String], end: Int) {
        var head = RequestHead()
        guard (try? HeadScanner.scan(bytes.span, limits: .init(), into: &head)) == true else {
            return ([], 0)
        }
        func text(_ range: Range<Int>) -> String {
            String(String.UnicodeScalarView(bytes[range].map { Unicode.Scalar($0) }))
        }
        let fields = head.fields.map { field in
            // h11 gives the one coding that there is in lower case.
            let value = text(field.value)
            let isCoding = field.known == .transferEncoding
            return "\(text(field.name)): \(isCoding ? value.lowercased() : value)"
        }
        return (fields, head.end)
    }

    private static func show(_ head: [UInt8]) -> String {
        String(decoding: head, as: UTF8.self).debugDescription
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        if case .object(let object) = self { return object[name] }
        return nil
    }

    fileprivate var asText: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// `name: value` for each pair of an array.
    fileprivate var asPairs: [String] {
        guard case .array(let pairs) = self else { return [] }
        return pairs.map { pair in
            guard case .array(let parts) = pair, parts.count == 2, let name = parts[0].asText,
                let value = parts[1].asText
            else { return "" }
            return "\(name): \(value)"
        }
    }
}

/// Heads that are nearly right.
enum HeadMutator {
    private static let lines = [
        "Host: g", "Host: g:80", "Accept: */*", "Content-Length: 5", "Content-Length: 0",
        "Content-Length: 05", "Content-Length: +5", "Content-Length: 5, 5", "Content-Length:",
        "Transfer-Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked", "Transfer_Encoding: chunked", "X: a b\tc", "X:",
        "X: \t ", "Connection: close", "Connection: keep-alive, X", "Expect: 100-continue",
        "X-Long: 0123456789abcdef0123456789abcdef", "Cookie: a=\u{E9}", "TE: trailers",
        "Upgrade: h2c", "x-0: !#$%&'*+-.^_`|~", " folded", "\tfolded", "no colon", ": empty",
    ]
    private static let requestLines = [
        "GET / HTTP/1.1", "POST /a/b?c=d HTTP/1.1", "GET / HTTP/1.0", "OPTIONS * HTTP/1.1",
        "GET http://g/a HTTP/1.1", "M-S!# /%20 HTTP/1.1", "GET /a\\b HTTP/1.1",
        "GET admin HTTP/1.1",
        "GET / HTTP/1.2", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "get /~!$&'()*+,;=:@ HTTP/1.1",
    ]

    static func next(_ generator: inout SeededGenerator) -> [UInt8] {
        var count = Int.random(in: 0...6, using: &generator)
        var parts = [requestLines[Int.random(in: 0..<6, using: &generator)]]
        if Int.random(in: 0..<4, using: &generator) == 0 {
            parts = [requestLines.randomElement(using: &generator) ?? ""]
        }
        if Int.random(in: 0..<5, using: &generator) > 0 { parts.append("Host: g") }
        while count > 0 {
            count -= 1
            parts.append(lines.randomElement(using: &generator) ?? "")
        }
        var bytes = Array((parts.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var mutations = Int.random(in: 0...3, using: &generator)
        while mutations > 0 {
            mutations -= 1
            mutate(&bytes, &generator)
        }
        return bytes
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let special: [UInt8] = [
            0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x22, 0x2C, 0x3A, 0x3B, 0x5C, 0x5F, 0x7F,
            0x80,
            0x85, 0xA0, 0xFF,
        ]
        let byte =
            Bool.random(using: &generator)
            ? special.randomElement(using: &generator) ?? 0
            : UInt8.random(in: .min ... .max, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] = byte
        case 1: bytes.insert(byte, at: at)
        case 2: bytes.remove(at: at)
        case 3: bytes.insert(contentsOf: [0x0D, 0x0A], at: at)
        case 4: bytes[at] ^= 0x20
        default:
            let end = min(at + Int.random(in: 1...12, using: &generator), bytes.count)
            bytes.insert(contentsOf: bytes[at..<end], at: at)
        }
    }
}

/// Debian's h11, in a process of its own.
enum PythonH11 {
    private static let python = "/usr/bin/python3"

    static var isPresent: Bool { run("\(python) -c 'import h11' 2>/dev/null") != nil }

    /// Where the tests must prove something, nothing is skipped.
    static var isRequired: Bool {
        guard let value = unsafe getenv("CI") else { return false }
        return unsafe String(cString: value) == "true"
    }

    /// How h11 reads each head, or what another program of `Tests/Python` makes of each.
    static func read(
        _ heads: [[UInt8]], with script: String = "h11_heads.py"
    ) throws -> [JSONValue] {
        var batch: [UInt8] = []
        for head in heads {
            batch += Array("\(head.count)\n".utf8)
            batch += head
        }
        var path = Array("/tmp/gatehouse-heads-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&path)
        guard descriptor >= 0 else { throw Failure.noFile }
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { _ = unsafe unlink(name) }
        var offset = 0
        while offset < batch.count {
            let count = unsafe batch[offset...].withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw Failure.noFile }
            offset += count
        }
        close(descriptor)
        let program = SourceTree.root + "/Tests/Python/\(script)"
        guard let output = run("\(python) '\(program)' '\(name)'") else { throw Failure.noAnswer }
        return try output.split(separator: UInt8(ascii: "\n")).map {
            try JSONReader.read(Array($0))
        }
    }

    enum Failure: Error { case noFile, noAnswer }

    /// What a command prints; nil where it fails.
    private static func run(_ command: String) -> [UInt8]? {
        guard let stream = unsafe popen(command, "r") else { return nil }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            output += buffer.prefix(count)
        }
        return unsafe pclose(stream) == 0 ? output : nil
    }
}
