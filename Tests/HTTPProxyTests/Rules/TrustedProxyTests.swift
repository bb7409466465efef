import Testing
import Transport

@testable import HTTPProxy

/// What trusted proxies say about a client, and what others say.
@Suite struct TrustedProxyTests {
    /// The peer, 10.0.0.1, and 10.0.0.0/8 with it, are trusted.
    static let behind = ForwardedHead(trusted: ["10.0.0.0/8", "fd00::/8"])

    private func expect(
        _ fault: ForwardingFault, _ lines: String...,
        location: SourceLocation = #_sourceLocation
    ) {
        do throws(RequestFault) {
            let result = try Self.behind.of("GET /a HTTP/1.1", ["Host: g"] + lines)
            Issue.record("accepted: \(lines): \(result)", sourceLocation: location)
        } catch {
            #expect(error == .forwarding(fault), "\(lines)", sourceLocation: location)
        }
    }

    @Test(arguments: [
        "X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil",
        "X-Forwarded-Port: 444", "X-Forwarded-Prefix: /evil", "Forwarded: for=9.9.9.9;proto=https",
        "X-Real-IP: 9.9.9.9", "X-Forwarded-For: nonsense", "Forwarded: ;;",
        "X-Forwarded-Proto: a, b", "X_Forwarded_For: 9.9.9.9", "X-Forwarded-Uri: /evil",
    ])
    func `HDR-06 nobody is believed who is not trusted, and what they say is no fault`(
        _ line: String
    ) throws {
        for head in [ForwardedHead(), ForwardedHead(trusted: ["10.0.0.2", "::/0"])] {
            let result = try head.get(line)
            #expect(result.client == "10.0.0.1" && result.scheme == "http")
            #expect(result["X-Forwarded-For"] == "10.0.0.1")
            #expect(result["X-Forwarded-Proto"] == "http")
            #expect(result["X-Forwarded-Host"] == "g" && result["X-Forwarded-Port"] == "80")
            #expect(!result.contains("evil") && !result.contains("9.9.9.9"))
            #expect(!result.contains("Forwarded:") && !result.contains("Prefix"))
            #expect(!result.contains("real") && !result.contains("nonsense"))
        }
    }

    @Test(arguments: [
        (["X-Forwarded-For: 1.1.1.1, 2.2.2.2"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (["X-Forwarded-For: 1.1.1.1, 10.9.9.9"], "1.1.1.1", "1.1.1.1, 10.9.9.9, 10.0.0.1"),
        (
            ["X-Forwarded-For: 1.1.1.1 ,\t10.2.0.1,10.3.0.1"], "1.1.1.1",
            "1.1.1.1, 10.2.0.1, 10.3.0.1, 10.0.0.1"
        ),
        (
            ["X-Forwarded-For: 1.1.1.1, 3.3.3.3", "X-Forwarded-For: 10.2.0.1"], "3.3.3.3",
            "3.3.3.3, 10.2.0.1, 10.0.0.1"
        ),
        (["X-Forwarded-For: 10.8.8.8"], "10.8.8.8", "10.8.8.8, 10.0.0.1"),
        (["X-Forwarded-For: nonsense, , 2.2.2.2"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (["X-Forwarded-For: 2.2.2.2:4711"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (["X-Forwarded-For: 2001:DB8:0::1"], "2001:db8::1", "2001:db8::1, 10.0.0.1"),
        (
            ["X-Forwarded-For: [2001:db8::1]:80, fd00::1"], "2001:db8::1",
            "2001:db8::1, fd00::1, 10.0.0.1"
        ),
        (
            ["X-Forwarded-For: 1.1.1.1, ::ffff:10.2.0.1"], "1.1.1.1",
            "1.1.1.1, 10.2.0.1, 10.0.0.1"
        ),
        (["Forwarded: for=1.1.1.1, for=2.2.2.2"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (
            ["Forwarded: For=\"[2001:db8::1]:99\";proto=http", "forwarded: for=10.2.0.1"],
            "2001:db8::1", "2001:db8::1, 10.2.0.1, 10.0.0.1"
        ),
        (
            ["Forwarded: for=2.2.2.2;by=_a;secret=\"x\\\",;=\"; host=\"g\""], "2.2.2.2",
            "2.2.2.2, 10.0.0.1"
        ),
        (
            ["Forwarded: for=2.2.2.2", "X-Forwarded-For: 1.1.1.1, 2.2.2.2"], "2.2.2.2",
            "2.2.2.2, 10.0.0.1"
        ),
        (["X-Real-IP: 2.2.2.2"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (["X-Real-IP: 9.9.9.9", "X-Forwarded-For: 2.2.2.2"], "2.2.2.2", "2.2.2.2, 10.0.0.1"),
        (["X_Forwarded_For: 9.9.9.9", "X-Forwarded.For: 9.9.9.9"], "10.0.0.1", "10.0.0.1"),
    ])
    func `HDR-07 the client is the first from the right that is not trusted`(
        _ lines: [String], _ client: String, _ chain: String
    ) throws {
        let result = try Self.behind.of("GET /a HTTP/1.1", ["Host: g"] + lines)
        #expect(result.client == client)
        #expect(result["X-Forwarded-For"] == chain)
        #expect(!result.contains("forwarded:") && !result.contains("real-ip"))
        #expect(!result.contains("9.9.9.9") && !result.contains("nonsense"))
    }

    @Test(arguments: [
        "", "a", "1.1.1", "1.1.1.1.1", "1.1.1.256", "01.1.1.1", "1.1.1.1,", "1.1.1.1, ,10.0.0.2",
        "1.1.1.1:0", "1.1.1.1:65536", "1.1.1.1:", "1.1.1.1:a", "[::1", "[::1]a", "[::1]:", "::1]",
        "[1.1.1.1]", "::ffff:1.1.1.256", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "12345::", "fe80::1%eth0", "1.1.1.1 2.2.2.2", "\"1.1.1.1\"", "localhost", "_hidden",
    ])
    func `HDR-07 an address that is none is refused where it would be believed`(
        _ value: String
    ) {
        expect(.malformed, "X-Forwarded-For: \(value)")
        // Where the nearest proxy wrote an address, what its client sent does not matter.
        let behind = try? Self.behind.get("X-Forwarded-For: \(value), 2.2.2.2")
        #expect(behind?.client == "2.2.2.2")
    }

    @Test func `HDR-07 proxies that hide the client's address are refused`() {
        expect(.unnamed, "X-Forwarded-For: unknown")
        expect(.unnamed, "X-Forwarded-For: unknown, 10.0.0.2")
        expect(.unnamed, "Forwarded: for=unknown")
        expect(.unnamed, "Forwarded: for=_hidden")
        expect(.unnamed, "Forwarded: proto=https")
        expect(.unnamed, "Forwarded: for=1.1.1.1, proto=https;by=2.2.2.2")
    }

    @Test(arguments: [
        "", ",", ";", "for", "for=", "=1.1.1.1", "for =1.1.1.1", "for= 1.1.1.1", "for=1.1.1.1;",
        "for=1.1.1.1,", ", for=1.1.1.1", "for=1.1.1.1;;proto=http", "for=\"1.1.1.1",
        "for=\"1.1.1.1\"x", "for=1.1.1.1;for=2.2.2.2", "for=1.1.1.1;proto=http;proto=https",
        "for=1.1.1.1;host=g;host=g", "for=1.1.1.1;by=a;by=b", "for=1.1.1.1:80", "for=[::1]",
        "for=\"::1\"", "for=\"1.1.1.1\\\"\"", "for=1.1.1.1 proto=http", "for=\"\"",
        "for=1.1.1.1;proto=ftp", "for=1.1.1.1;host=\"a b\"", "for=1.1.1.1;host=\"u@g\"",
        "for=\", for=2.2.2.2", "for=\"1.1.1.1\\",
    ])
    func `HDR-07 a malformed Forwarded of a trusted proxy is refused`(_ value: String) {
        expect(.malformed, "Forwarded: \(value)")
    }

    @Test func `HDR-07 what disagrees is refused`() {
        expect(.disagreement, "Forwarded: for=1.1.1.1", "X-Forwarded-For: 2.2.2.2")
        expect(.disagreement, "Forwarded: for=1.1.1.1", "X-Forwarded-For: 1.1.1.1, 2.2.2.2")
        expect(.disagreement, "Forwarded: for=1.1.1.1;proto=http", "X-Forwarded-Proto: https")
        expect(.disagreement, "Forwarded: for=1.1.1.1;host=g", "X-Forwarded-Host: h")
        expect(.repeated, "X-Forwarded-Proto: http", "X-Forwarded-Proto: http")
        expect(.repeated, "X-Forwarded-Host: g", "X-Forwarded-Host: g")
        expect(.repeated, "X-Forwarded-Port: 80", "X-Forwarded-Port: 80")
        expect(.repeated, "X-Forwarded-Prefix: /a", "X-Forwarded-Prefix: /a")
        expect(.repeated, "X-Real-IP: 1.1.1.1", "X-Real-IP: 1.1.1.1")
    }

    @Test func `HDR-07 a chain without end is refused, and one that a client wrote is not read`()
        throws
    {
        let own = { (count: Int) in [String](repeating: "10.0.0.2", count: count) }
        expect(.tooLong, "X-Forwarded-For: " + own(33).joined(separator: ","))
        expect(.tooLong, "Forwarded: " + own(33).map { "for=\($0)" }.joined(separator: ","))
        let longest = try Self.behind.get("X-Forwarded-For: " + own(32).joined(separator: ","))
        #expect(longest.client == "10.0.0.2")
        let written = String(repeating: "10.0.0.2,", count: 1000) + "2.2.2.2"
        #expect(try Self.behind.get("X-Forwarded-For: \(written)").client == "2.2.2.2")
    }

    @Test func `HDR-06 scheme, host, port and prefix come from a trusted proxy`() throws {
        let result = try Self.behind.get(
            "X-Forwarded-For: 2.2.2.2", "X-Forwarded-Proto: HTTPS",
            "X-Forwarded-Host: outer.test:8443", "X-Forwarded-Prefix: /shop")
        #expect(result.scheme == "https" && result["Host"] == "g")
        #expect(result["X-Forwarded-Proto"] == "https")
        #expect(result["X-Forwarded-Host"] == "outer.test:8443")
        #expect(result["X-Forwarded-Port"] == "8443")
        #expect(result["X-Forwarded-Prefix"] == "/shop")
        let plain = try Self.behind.get("Forwarded: for=2.2.2.2;proto=https;host=outer.test")
        #expect(plain["X-Forwarded-Host"] == "outer.test" && plain["X-Forwarded-Port"] == "443")
        let port = try Self.behind.get("X-Forwarded-Port: 8080")
        #expect(port["X-Forwarded-Port"] == "8080" && port["X-Forwarded-For"] == "10.0.0.1")
        #expect(try Self.behind.get("X-Forwarded-Proto: wss").scheme == "https")
    }

    @Test(arguments: [
        "X-Forwarded-Proto: ftp", "X-Forwarded-Proto:", "X-Forwarded-Proto: https, http",
        "X-Forwarded-Host: a, b", "X-Forwarded-Host:", "X-Forwarded-Host: u@g",
        "X-Forwarded-Port: 0", "X-Forwarded-Port: 65536", "X-Forwarded-Port: 080",
        "X-Forwarded-Port: a", "X-Forwarded-Prefix: a", "X-Forwarded-Prefix: /a/",
        "X-Forwarded-Prefix: /a/../b", "X-Forwarded-Prefix: //evil", "X-Real-IP: a",
        "X-Real-IP: 1.1.1.1, 2.2.2.2", "X-Real-IP:",
    ])
    func `HDR-06 what a trusted proxy says in a form that is not understood is refused`(
        _ line: String
    ) {
        expect(.malformed, line)
    }

    @Test func `clients of file system sockets are believed only where that is configured`()
        throws
    {
        var head = ForwardedHead(trusted: ["0.0.0.0/0", "::/0"], peer: .unix(""))
        let unknown = try head.get("X-Forwarded-For: 2.2.2.2", "X-Forwarded-Proto: https")
        #expect(unknown.client == "unix" && unknown.scheme == "http")
        #expect(unknown["X-Forwarded-For"] == "unknown")
        head.trustsLocalSockets = true
        let told = try head.get("X-Forwarded-For: 2.2.2.2", "X-Forwarded-Proto: https")
        #expect(told.client == "0.0.0.0" || told.client == "2.2.2.2")
        #expect(told["X-Forwarded-For"] == "2.2.2.2, unknown" && told.scheme == "https")
    }

    @Test func `the port is the host's, else the scheme's`() throws {
        var head = ForwardedHead()
        for (host, port) in [
            ("g", "80"), ("g:8080", "8080"), ("[::1]", "80"), ("[::1]:81", "81"),
            ("10.0.0.80", "80"), ("10.0.0.80:1", "1"),
        ] {
            let result = try head.of("GET /a HTTP/1.1", ["Host: \(host)"])
            #expect(result["X-Forwarded-Port"] == port, "\(host)")
            #expect(result["X-Forwarded-Host"] == host)
        }
        head.isSecure = true
        let secure = try head.get()
        #expect(secure["X-Forwarded-Port"] == "443" && secure["X-Forwarded-Proto"] == "https")
        #expect(secure.scheme == "https")
    }

    @Test func `nothing is said where forwarded fields are switched off`() throws {
        var head = Self.behind
        head.setsForwardedFields = false
        let result = try head.get("X-Forwarded-For: 2.2.2.2")
        #expect(result.client == "2.2.2.2" && !result.contains("x-forwarded"))
    }
}

@Suite struct HostNumberTests {
    @Test func `addresses are read as the general reader reads them`() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "0", "1", "255", "256", "00", "ffff", "12345", ":", "::", ".", "1.2.3.4", "a", "F", "g",
            "10.0.0.1", "fd00:", "", ":1", "::ffff:",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...9, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            let bytes = Array("<\(text)>".utf8)
            let read = HostNumber(1..<bytes.count - 1, in: bytes.span)
            let plain = SocketAddress(text.contains(":") ? "[\(text)]:1" : "\(text):1")
            let expected = plain.flatMap { HostNumber($0) }
            #expect(read == expected, "seed \(seed): \(text)")
        }
    }

    @Test func `an address is written as it is elsewhere`() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            // Many zeros, so that runs of them are met.
            let mask = UInt64.random(in: 0 ... .max, using: &generator)
            let half = { (generator: inout SeededGenerator) in
                (0..<4).reduce(UInt64(0)) { value, _ in
                    let isZero = Bool.random(using: &generator)
                    let group = isZero ? 0 : UInt16.random(in: 0 ... .max, using: &generator)
                    return value << 16 | UInt64(group) & (mask | 0xF)
                }
            }
            let address = SocketAddress.ipv6(
                high: half(&generator), low: half(&generator), scope: 0, port: 1)
            var out: [UInt8] = []
            PeerText.append(address, to: &out)
            #expect(String(decoding: out, as: UTF8.self) == address.host, "seed \(seed)")
        }
    }
}
