import HTTPProxy
import TestSupport
import Testing

/// Header lines that name somebody else.
@Suite struct HeaderAttackTests {
    @Test func `HDR-03 a space behind a protected name is refused`() async throws {
        try await ProxyUnderTest.run { proxy in
            try await proxy.expectRefused(.field("HDR-03", "Gatehouse-User : root"))
            try await proxy.expectRefused(.field("HDR-03 tab", "Gatehouse-User\t: root"))
        }
    }

    @Test(arguments: [
        "Content_Length: 5", "content.length: 5", "CONTENT+LENGTH: 5", "Transfer_Encoding: chunked",
        "transfer.encoding: chunked", "Transfer~Encoding: chunked",
    ])
    func `HDR-02 HTTP-40 a name that an upstream may read as framing is refused`(
        _ line: String
    ) async throws {
        try await ProxyUnderTest.run { proxy in
            try await proxy.expectRefused(.field(line, line))
            try await proxy.expectRefused(
                .init(
                    "beside a length",
                    "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\(line)\r\n\r\n"))
        }
    }

    @Test func `HDR-02 HDR-03 every spelling of a protected name is removed`() async throws {
        var generator = SeededGenerator(seed: .random(in: 0 ... .max))
        let seed = String(describing: generator)
        let names = [
            "X-User-Id", "Gatehouse-User", "X-Forwarded-For", "X-Real-IP", "X-Original-URL",
        ]
        let signs = Array("-_.+~!#$%&'*^`|")
        try await ProxyUnderTest.run { proxy in
            for _ in 0..<60 {
                let name = String(
                    (names.randomElement(using: &generator) ?? "").map { letter in
                        guard letter != "-" else {
                            return signs.randomElement(using: &generator) ?? "-"
                        }
                        return Bool.random(using: &generator)
                            ? Character(letter.uppercased()) : Character(letter.lowercased())
                    })
                let request = try await proxy.forwarded(
                    "GET /a HTTP/1.1\r\nHost: g\r\n\(name): root\r\n\r\n")
                #expect(request.range(of: "root") == nil, "\(name), \(seed)")
            }
        }
    }

    @Test(arguments: [
        "X: {http.vars.x}", "X: ${env.SECRET}", "X: ${env:HOME}", "X: {{.Env}}", "X: %{HOME}e",
        "X: $host", "X: $(id)", "X: %d%s%n",
    ])
    func `HDR-14 placeholders are literal`(_ line: String) async throws {
        try await ProxyUnderTest.run { proxy in
            let request = try await proxy.forwarded(
                "GET /a HTTP/1.1\r\nHost: g\r\n\(line)\r\n\r\n")
            #expect(request.range(of: "\r\n\(line.lowercased())\r\n") != nil)
        }
    }

    @Test(arguments: ["Proxy: http://evil", "PROXY: http://evil"])
    func `a header that becomes the variable HTTP_PROXY is removed`(_ line: String) async throws {
        try await ProxyUnderTest.run { proxy in
            let request = try await proxy.forwarded("GET /a HTTP/1.1\r\nHost: g\r\n\(line)\r\n\r\n")
            #expect(request.range(of: "evil") == nil)
        }
    }

    @Test func `HTTP-42 Range and Max-Forwards pass as they came`() async throws {
        try await ProxyUnderTest.run { proxy in
            let request = try await proxy.forwarded(
                "GET /a HTTP/1.1\r\nHost: g\r\nRange: bytes=0-1,5-\r\nMax-Forwards: 0\r\n\r\n")
            #expect(request.range(of: "range: bytes=0-1,5-\r\nmax-forwards: 0\r\n") != nil)
        }
    }
}
