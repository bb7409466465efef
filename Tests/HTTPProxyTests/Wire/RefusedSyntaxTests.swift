import HTTPProxy
import TestSupport
import Testing

/// Bytes on the wire and the status that they must get.
struct RefusedBytes: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    let status: Int

    init(_ name: String, _ text: String, _ status: Int = 400) {
        self.init(name, Array(text.utf8), status)
    }

    init(_ name: String, _ bytes: [UInt8], _ status: Int = 400) {
        self.name = name
        self.bytes = bytes
        self.status = status
    }

    var testDescription: String { name }

    /// A request with this field behind `Host`.
    static func field(_ name: String, _ line: String, _ status: Int = 400) -> RefusedBytes {
        RefusedBytes(name, "GET /public/a HTTP/1.1\r\nHost: g\r\n\(line)\r\n\r\n", status)
    }

    /// The same, where the line is no text.
    static func field(_ name: String, _ line: [UInt8]) -> RefusedBytes {
        RefusedBytes(
            name,
            Array("GET /public/a HTTP/1.1\r\nHost: g\r\n".utf8) + line + Array("\r\n\r\n".utf8))
    }

    /// A POST with a chunked body.
    static func chunks(_ name: String, _ body: String) -> RefusedBytes {
        RefusedBytes(
            name,
            "POST /public/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
    }

    /// A GET of that target.
    static func target(_ target: String, _ status: Int = 400) -> RefusedBytes {
        RefusedBytes(String(target.prefix(60)), "GET \(target) HTTP/1.1\r\nHost: g\r\n\r\n", status)
    }
}

/// Requests that are refused before anything reaches the upstream, and end their connection.
@Suite struct RefusedSyntaxTests {
    private func expectRefused(_ attack: RefusedBytes) async throws {
        try await ProxyUnderTest.run { proxy in
            // What follows the attack must never be read as a request.
            let next = Array("GET /next HTTP/1.1\r\nHost: g\r\n\r\n".utf8)
            let answer = try await proxy.answer(to: attack.bytes + next)
            #expect(answer.hasPrefix("HTTP/1.1 \(attack.status) "), "\(attack.name): \(answer)")
            #expect(answer.occurrences(of: "Content-Length: ") == 1)
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            #expect(answer.range(of: "application/problem+json") != nil)
            #expect(proxy.upstream.received.isEmpty)
            #expect(!proxy.log.admitted.contains("GET /next"))
            let good = try await proxy.answer(
                to: "GET / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(good.hasPrefix("HTTP/1.1 200 "))
        }
    }

    static let framing: [RefusedBytes] = [
        .init(
            "HTTP-01",
            "POST /public/a HTTP/1.1\r\nHost: g\r\nContent-Length: 13\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n"
        ),
        .init(
            "HTTP-02",
            "POST /public/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n"
                + "Content-Length: 4\r\n\r\n5c\r\n"
        ),
        .field("HTTP-03 identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        .field("HTTP-03 x", "Transfer-Encoding: chunked\r\nTransfer-encoding: x"),
        .field("HTTP-03 twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .field("HTTP-04 xchunked", "Transfer-Encoding: xchunked", 501),
        .field("HTTP-04 gzip, chunked", "Transfer-Encoding: gzip, chunked", 501),
        .field("HTTP-04 identity", "Transfer-Encoding: identity", 501),
        .field("HTTP-04 leading comma", "Transfer-Encoding: ,chunked"),
        .field("HTTP-04 trailing comma", "Transfer-Encoding: chunked,"),
        .field("HTTP-04 parameter", "Transfer-Encoding: chunked;a=b"),
        .field("HTTP-04 chunked first", "Transfer-Encoding: chunked, identity"),
        .field("HTTP-04 chunked twice", "Transfer-Encoding: chunked, chunked"),
        .field("HTTP-04 empty", "Transfer-Encoding:"),
        .field("HTTP-04 VT", Array("Transfer-Encoding: \u{0B}chunked".utf8)),
        .field("HTTP-04 A0", Array("Transfer-Encoding: ".utf8) + [0xA0] + Array("chunked".utf8)),
        .field("HTTP-04 FF", Array("Transfer-Encoding: ".utf8) + [0xFF] + Array("chunked".utf8)),
        .field("HTTP-04 NUL", "Transfer-Encoding: chunked\0"),
        .init(
            "HTTP-04 in HTTP/1.0",
            "POST /a HTTP/1.0\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .field("HTTP-06 different", "Content-Length: 5\r\nContent-Length: 6"),
        .field("HTTP-06 equal", "Content-Length: 5\r\nContent-Length: 5"),
        .field("HTTP-06 list", "Content-Length: 5, 5"),
    ]

    static let lengths: [RefusedBytes] = [
        "+5", "-5", "-0", "0x5", "05", "5 5", "5_0", "1Z", "", "18446744073709551616",
        "9223372036854775808", "5\0", "５",
    ].map { .field("HTTP-07 \($0.debugDescription)", "Content-Length: \($0)") }

    static let chunks: [RefusedBytes] =
        [
            "0_2e\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-0x0\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
            " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n",
            "\r\nhello\r\n", "FFFFFFFFFFFFFFFF5\r\n", "1these\r\n",
        ].map { .chunks("HTTP-08 \($0.debugDescription)", $0) }
        + [
            "5\nhello\n0\n\n", "5\rhello", "2\r\r;a", "5\r\nhello0\r\n\r\n",
            "5\r\nhello!\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\n",
        ].map { .chunks("HTTP-09 \($0.debugDescription)", $0) }
        + [
            "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;\rxx", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
            "5;\r\nhello\r\n0\r\n\r\n", "5;a=\r\nhello\r\n0\r\n\r\n",
            "5;a=b\0\r\nhello\r\n0\r\n\r\n",
        ].map { .chunks("HTTP-10 \($0.debugDescription)", $0) }
        + [.chunks("HTTP-10 long", "5;" + String(repeating: "a", count: 65_536))]

    static let lines: [RefusedBytes] = [
        .field("HTTP-12", "X: a\r\n b"),
        .field("HTTP-12 coding", "Transfer-Encoding:\r\n chunked"),
        .init("HTTP-12 first", "GET /a HTTP/1.1\r\n Host: g\r\n\r\n"),
        .field("HTTP-13", "Content-Length : 34"),
        .init("HTTP-13 host", "GET /a HTTP/1.1\r\nHost : g\r\n\r\n"),
        .field("HTTP-13 tab", "X\t: 1"),
        .field("HTTP-14 empty", ": x"),
        .field("HTTP-14 no colon", "abc"),
        .field("HTTP-14 space", "X Y: 1"),
        .init("HTTP-14 tab first", "GET /a HTTP/1.1\r\n\tA: 1\r\nHost: g\r\n\r\n"),
        .field("HTTP-14 NUL", "X\0: 1"),
        .field("HTTP-14 EF", [0xEF] + Array("foo: 1".utf8)),
        .field("HTTP-14 85", Array("Content-Length".utf8) + [0x85] + Array(": 1".utf8)),
        .field("HTTP-14 brackets", "(x): 1"),
        .field("HTTP-15 NUL", "X: a\0b"),
        .field("HTTP-15 CR", "X: a\rb"),
        .field("HTTP-15 LF", "X: a\nb"),
        .field("HTTP-15 DEL", "X: \u{7F}"),
        .init("HTTP-16 all", "GET /a HTTP/1.1\nHost: g\n\n"),
        .init("HTTP-16 last", "GET /a HTTP/1.1\r\nHost: g\r\nX: y\n\r\n"),
        .init("HTTP-16 request line", "GET /a HTTP/1.1\nHost: g\r\n\r\n"),
        .init("HTTP-18", "GET /admin\r\n"),
        .init("empty line before", "\r\nGET /a HTTP/1.1\r\nHost: g\r\n\r\n"),
        .init("two spaces", "GET  /a HTTP/1.1\r\nHost: g\r\n\r\n"),
        .init("HTTP-24", "G=\":<>(e),[T];?\" / HTTP/1.1\r\nHost: g\r\n\r\n"),
        .init("HTTP-24 long", String(repeating: "G", count: 65_536) + " / HTTP/1.1\r\n\r\n"),
        .init("HTTP-24 TRACE", "TRACE /a HTTP/1.1\r\nHost: g\r\n\r\n", 405),
        .init("HTTP-21 CONNECT", "CONNECT g:443 HTTP/1.1\r\nHost: g:443\r\n\r\n", 405),
        .init("HTTP-39", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        .init("version", "GET /a HTTP/2.0\r\nHost: g\r\n\r\n", 505),
        .init("version 1.2", "GET /a HTTP/1.2\r\nHost: g\r\n\r\n", 505),
        .init("version lower", "GET /a http/1.1\r\nHost: g\r\n\r\n"),
        .field("HTTP-40 length", "Content_Length: 5"),
        .field("HTTP-40 coding", "Transfer_Encoding: chunked"),
        .field("HTTP-40 beside", "Content-Length: 5\r\nContent_Length: 6"),
        .field("HTTP-40 dot", "Content.Length: 5"),
        .field("HTTP-31 foo", "Expect: foo", 417),
        .field("Connection malformed", "Connection: close,,x"),
    ]

    static let hosts: [RefusedBytes] =
        [
            .init("HTTP-19 missing", "GET /a HTTP/1.1\r\n\r\n"),
            .init("HTTP-19 equal", "GET /a HTTP/1.1\r\nHost: g\r\nHost: g\r\n\r\n"),
            .init("HTTP-19 different", "GET /a HTTP/1.1\r\nHost: g\r\nHost: h\r\n\r\n"),
            .init("HTTP-20 differs", "GET http://evil/admin HTTP/1.1\r\nHost: g\r\n\r\n"),
            .init("HTTP-20 host differs", "GET http://g/public/a HTTP/1.1\r\nHost: evil\r\n\r\n"),
            .init("HTTP-20 user", "GET https://user:p@g/ HTTP/1.1\r\nHost: g\r\n\r\n"),
            .init("HTTP-20 user http", "GET http://user:p@g/ HTTP/1.1\r\nHost: g\r\n\r\n"),
            .init("HTTP-20 no path", "GET http://g HTTP/1.1\r\nHost: g\r\n\r\n"),
        ]
        + [
            "", "g, evil", "g/../x", "user@g", "g:99999", "[::1", "g\0", "g:", "g:0", "g:080",
            "a..b", ".g", "g.", "g.:80", "[::1]x", "[g]", "g h",
        ].map {
            .init(
                "HTTP-19 \($0.debugDescription)", "GET /a HTTP/1.1\r\nHost: \($0)\r\n\r\n")
        }

    static let targets: [RefusedBytes] = [
        // HTTP-21
        .target("*"), .target("/a#b"), .target("//evil/a"), .target("?a"), .target("admin"),
        // PATH-02 … PATH-06
        .target("/public/%2e%2e/admin"), .target("/public/%2E./admin"),
        .target("/public/.%2e/admin"), .target("/public/%2e/x"), .target("/public/../admin"),
        .target("/public/./a"), .target("/public/.."), .target("/public/."),
        .target("/public%2fadmin"), .target("/public/..%2fadmin"), .target("/public/..%2Fadmin"),
        .target("/orgs/orgA%2f..%2forgB/invoices"), .target("/public/%252e%252e/admin"),
        .target("/public/%252f"), .target("/public/%25%32%66"), .target("//admin/x"),
        .target("/public//admin"), .target("/admin//x"), .target("/orgs//invoices"),
        .target("/public\\..\\admin"), .target("/public/..\\admin"), .target("/a%5cb"),
        .target("/a%5Cb"),
        // PATH-09, PATH-10, PATH-11, PATH-12, PATH-14
        .target("/%41dmin/x"), .target("/orgs/%6frgA/invoices"), .target("/public/%00/admin"),
        .target("/admin%00.png"), .target("/a%0a"), .target("/a%0d%0aX:1"), .target("/a%7f"),
        .target("/a%09"), .target("/a\0"), .target("/a%"), .target("/a%2"), .target("/a%zz"),
        .target("/a%u002e"), .target("/%c0%ae%c0%ae/"), .target("/%e0%80%af"), .target("/%ff"),
        .target("/%ed%a0%80"), .target("/é"), .target("/admin#/public"), .target("/a;b"),
        .target("/a|b"), .target("/a\"b"),
    ]

    static let sizes: [RefusedBytes] = [
        .target("/" + String(repeating: "a", count: 8192), 414),
        .target("/" + String(repeating: "a", count: 100_000), 414),
        .init(
            "HTTP-25 fields",
            "GET /a HTTP/1.1\r\nHost: g\r\n"
                + (0..<100).map { "X-\($0): y\r\n" }.joined() + "\r\n", 431),
        .init(
            "HTTP-25 bytes",
            "GET /a HTTP/1.1\r\nHost: g\r\n"
                + (0..<90).map { "X-\($0): \(String(repeating: "y", count: 400))\r\n" }.joined()
                + "\r\n", 431),
        .init(
            "HTTP-25 one field",
            "GET /a HTTP/1.1\r\nHost: g\r\nX: \(String(repeating: "y", count: 1 << 20))\r\n\r\n",
            431),
    ]

    @Test(arguments: framing)
    func `HTTP-01 HTTP-02 HTTP-03 HTTP-04 HTTP-06 two framings or odd codings`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: lengths) func `HTTP-07 odd lengths`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: chunks) func `HTTP-08 HTTP-09 HTTP-10 odd chunks`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: lines)
    func `HTTP-12 HTTP-13 HTTP-14 HTTP-15 HTTP-16 HTTP-18 HTTP-24 HTTP-39 HTTP-40 odd lines`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: hosts) func `HTTP-19 HTTP-20 odd hosts`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: targets)
    func `HTTP-21 PATH-02 PATH-03 PATH-04 PATH-05 PATH-06 PATH-09 PATH-10 PATH-11 PATH-12 PATH-14`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test(arguments: sizes) func `HTTP-25 sizes`(
        _ attack: RefusedBytes
    ) async throws { try await expectRefused(attack) }

    @Test func `HTTP-25 a head without end, a kilobyte at a time, is refused at the limit`()
        async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n")
            for _ in 0..<32 {
                try await client.send("X: " + String(repeating: "y", count: 1019) + "\r\n")
            }
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 431 "))
            #expect(proxy.upstream.received.isEmpty)
        }
    }
}
