import Testing
import Transport
import Values

@testable import HTTPProxy

/// Which lines of an upstream's answer reach the client.
@Suite struct ResponseRulesTests {
    private func answer(
        _ lines: String..., version: String = "1.1", removed: [String] = []
    ) throws -> String {
        let text = (["HTTP/\(version) 200 OK"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        let bytes = Array(text.utf8)
        var head = ResponseHead()
        var limits = HeadScanner.Limits()
        limits.fields = 200
        let isComplete = try ResponseHeadScanner.scan(bytes.span, limits: limits, into: &head)
        #expect(isComplete)
        HeaderRules.removeUnforwardable(from: &head, in: bytes.span)
        let settings = EdgeSettings(trustedProxies: .empty, identifier: "test")
        let edge = EdgeRules(settings ?? EdgeSettings(), setsForwardedFields: true)
        var out = ByteBuffer()
        ResponseHeadWriter.write(
            head, in: bytes.span, rules: ForwardRules(removedResponseNames: removed),
            isChunked: false, closes: false, edge: edge, lines: [], date: [], to: &out)
        return String(decoding: out.array(), as: UTF8.self)
    }

    @Test(arguments: [
        "Gatehouse-User: root", "gatehouse_user: root", "GATEHOUSE.X: root", "Keep-Alive: root",
        "Proxy-Connection: root", "Proxy-Authenticate: root", "Upgrade: root", "TE: root",
        "Trailer: root", "Connection: root", "Connection: x-a, close\r\nX-A: root",
    ])
    func `HDR-12 internal and hop-by-hop lines stay here`(_ line: String) throws {
        #expect(!(try answer(line, "X: 1")).contains("root"))
    }

    @Test(arguments: [
        "Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options", "Set-Cookie",
        "X-Content-Type-Options", "Cross-Origin-Opener-Policy", "Access-Control-Allow-Origin",
        "Cache-Control", "Vary", "Location", "WWW-Authenticate", "Referrer-Policy", "ETag",
        "Content-Type", "content_security_policy", "Permissions-Policy", "Clear-Site-Data",
    ])
    func `HDR-12 Connection takes no line away that is meant for the browser`(
        _ name: String
    ) throws {
        let text = try answer("Connection: \(name), X-Hop", "\(name): kept", "X-Hop: root")
        #expect(text.contains("\(name): kept\r\n") && !text.contains("root"))
        #expect(!text.contains("Connection"))
    }

    @Test func `HDR-12 a repeated line passes as it came, and a route removes what it names`()
        throws
    {
        let line = "Strict-Transport-Security: a"
        let text = try answer(line, "Server: root", line, removed: ["Server"])
        #expect(text == "HTTP/1.1 200 OK\r\n\(line)\r\n\(line)\r\nVia: 1.1 test\r\n\r\n")
    }

    @Test func `HTTP-42 the gateway adds itself to Via, with the version that came`() throws {
        #expect(try answer("Via: 1.1 a").contains("\r\nVia: 1.1 a\r\nVia: 1.1 test\r\n"))
        #expect(try answer(version: "1.0").hasSuffix("\r\nVia: 1.0 test\r\n\r\n"))
    }
}
