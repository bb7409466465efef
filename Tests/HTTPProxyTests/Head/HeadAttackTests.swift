import Testing
import Transport
import Values

@testable import HTTPProxy

/// The attack cases that a head alone can be, through scanner and rules. The wire tests send some of
/// them to a running server.
@Suite struct HeadAttackTests {
    private let head = ForwardedHead()

    private func fault(_ bytes: [UInt8]) -> RequestFault? {
        do throws(RequestFault) {
            _ = try head.of(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func fault(_ text: String) -> RequestFault? { fault(Array(text.utf8)) }

    private func fault(line: [UInt8]) -> RequestFault? {
        fault(Array("GET /a HTTP/1.1\r\nHost: g\r\n".utf8) + line + Array("\r\n\r\n".utf8))
    }

    private func fault(line: String) -> RequestFault? { fault(line: Array(line.utf8)) }

    @Test(arguments: [
        "X: a\r\n b", "X: a\r\n\tb", "X: a\r\n ", "Transfer-Encoding:\r\n chunked",
        "Content-Length: 1\r\n 0",
    ])
    func `HTTP-12 folded lines`(_ line: String) {
        let found = fault(line: line)
        // An empty Transfer-Encoding is refused before its folding.
        #expect(found == .malformed(.folding) || found == .malformed(.transferEncoding))
    }

    @Test func `HTTP-12 a folded first line`() {
        for start in [" X: a", "\tX: a", " Host: g"] {
            let text = "GET /a HTTP/1.1\r\n\(start)\r\nHost: g\r\n\r\n"
            #expect(fault(text) == .malformed(.folding))
        }
    }

    @Test(arguments: [
        "Content-Length : 34", "Host : g", "Host\t: g", "X\u{20}: a", "Transfer-Encoding : chunked",
    ])
    func `HTTP-13 white space before the colon`(_ line: String) {
        #expect(fault(line: line) == .malformed(.fieldName))
    }

    @Test(arguments: [
        ": x", "abc", "X Y: 1", "X\0: 1", "\u{EF}foo: 1", "Content-Length\u{85}: 1", "(x): 1",
        "X@: 1", "X/: 1", "X;: 1", "\"X\": 1", "X\u{7F}: 1", "[X]: 1", "{X}: 1", "X\\: 1", "=X: 1",
        "X,Y: 1", "<X>: 1", "?X: 1", "Host", "Content-Length 5",
    ])
    func `HTTP-14 odd names`(_ line: String) {
        #expect(fault(line: line) == .malformed(.fieldName))
    }

    @Test func `HTTP-14 every byte that is no token byte ends a name badly`() {
        for byte in UInt8.min ... .max where !HTTPToken.isTokenByte(byte) && byte != 0x3A {
            for place in 0...2 {
                var line = Array("ab: 1".utf8)
                line.insert(byte, at: place)
                #expect(fault(line: line) != nil, "\(byte) at \(place)")
            }
        }
    }

    @Test func `HTTP-15 control bytes in values are refused, a tab is not`() throws {
        for byte in UInt8.min...0x1F where byte != 0x09 {
            let found = fault(line: Array("X: a".utf8) + [byte] + Array("b".utf8))
            #expect(found == .malformed(byte == 0x0A ? .lineEnd : .fieldValue), "\(byte)")
        }
        #expect(fault(line: Array("X: ".utf8) + [0x7F]) == .malformed(.fieldValue))
        #expect(try head.get("X: a\tb").contains("\r\nX: a\tb\r\n"))
    }

    @Test(arguments: [
        "GET /a HTTP/1.1\nHost: g\n\n", "GET /a HTTP/1.1\r\nHost: g\n\r\n",
        "GET /a HTTP/1.1\nHost: g\r\n\r\n", "GET /a HTTP/1.1\r\nHost: g\r\n\n",
        "GET /a HTTP/1.1\r\nHost: g\r\nX: y\n\r\n",
    ])
    func `HTTP-16 a bare line feed ends no line`(_ text: String) {
        #expect(fault(text) == .malformed(.lineEnd))
    }

    @Test(arguments: ["GET /admin\r\n", "GET /admin\r\n\r\n", "GET /admin \r\n\r\n"])
    func `HTTP-18 there is no version 0.9`(_ text: String) {
        guard case .malformed = fault(text) else {
            Issue.record("\(text.debugDescription) accepted")
            return
        }
    }

    @Test func `HTTP-19 one Host with one reading`() {
        #expect(fault("GET /a HTTP/1.1\r\n\r\n") == .malformed(.hostMissing))
        #expect(fault(line: "Host: g") == .malformed(.hostRepeated))
        #expect(fault(line: "hOST: h") == .malformed(.hostRepeated))
        for host in [
            "", "g, evil", "g/../x", "user@g", "g:99999", "[::1", "g:", "g:0", "g:080", "a..b",
            ".g", "g.", "g.:80", "[::1]x", "[g]", "g h", "g\tx", "g:80:80", "[::1]:", "[]", "[:]",
            "g%41", "g\u{E9}", "g#", "g?", "g\\", "*", "[::1%25eth0]", "[v1.x]", "::1",
            String(repeating: "a", count: 262),
        ] {
            #expect(
                fault("GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .malformed(.host), "\(host)")
        }
        for host in [
            "g", "G", "g:80", "a.b-c_d.1", "127.0.0.1:8080", "[::1]", "[::ffff:1.2.3.4]:1",
        ] {
            #expect(fault("GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n") == nil, "\(host)")
        }
    }

    @Test func `HTTP-20 an absolute target names the scheme and the host of the request`() throws {
        for target in [
            "http://evil/admin", "http://g:80/a", "http://g.evil/a", "http://gg/a",
        ] {
            let text = "GET \(target) HTTP/1.1\r\nHost: g\r\n\r\n"
            #expect(fault(text) == .malformed(.hostDiffers), "\(target)")
        }
        for target in [
            "https://g/a", "http://user:p@g/a", "http://@g/a", "http:///a", "http://g", "http:/g/a",
            "http:g/a", "http://g?a", "ftp://g/a", "httpx://g/a", "g/a", "g:80", "http://g#/a",
        ] {
            let text = "GET \(target) HTTP/1.1\r\nHost: g\r\n\r\n"
            #expect(fault(text) == .malformed(.target), "\(target)")
        }
        let plain = try head.of("GET HTTP://G/a?b HTTP/1.1", ["Host: g"])
        #expect(plain.head.hasPrefix("GET /a?b HTTP/1.1\r\nHost: g\r\n"))
        var secure = ForwardedHead()
        secure.isSecure = true
        let target = try secure.of("GET https://g/a HTTP/1.1", ["Host: g"])
        #expect(target.head.hasPrefix("GET /a HTTP/1.1\r\nHost: g\r\n"))
        #expect(throws: RequestFault.malformed(.target)) {
            _ = try secure.of("GET http://g/a HTTP/1.1", ["Host: g"])
        }
        // In front of us TLS ended: what the client wrote has the client's scheme.
        let behind = ForwardedHead(trusted: ["10.0.0.0/8"])
        let told = try behind.of(
            "GET https://g/a HTTP/1.1", ["Host: g", "X-Forwarded-Proto: https"])
        #expect(told.head.hasPrefix("GET /a HTTP/1.1\r\n"))
    }

    @Test func `HTTP-21 PATH-20 other forms of the target`() {
        #expect(fault("OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n") == nil)
        for method in ["GET", "POST", "options", "PRI"] {
            let text = "\(method) * HTTP/1.1\r\nHost: g\r\n\r\n"
            #expect(fault(text) == .malformed(.target), "\(method)")
        }
        for target in ["?a", "admin", "**", "*/a", "/a#b", "/a?b#c", "#", "%2fa"] {
            for method in ["GET", "OPTIONS"] {
                let text = "\(method) \(target) HTTP/1.1\r\nHost: g\r\n\r\n"
                #expect(fault(text) == .malformed(.target), "\(method) \(target)")
            }
        }
        let two = "GET //evil/a HTTP/1.1\r\nHost: g\r\n\r\n"
        #expect(fault(two) == .pathNotNormal(.emptySegment))
    }

    @Test(arguments: [
        "close, X-User-Id", "Authorization", "X-Forwarded-For", "Host", "Cookie",
        "Gatehouse-User", "x_user_id", "Content-Length", "Transfer-Encoding", "Via", "Forwarded",
        "Traceparent", "Tracestate", "X-Request-Id", "Content-Encoding", "If-None-Match", "Range",
        "Origin", "Sec-Fetch-Site", "Max-Forwards", "X-Real-IP", "x_forwarded.proto", "Date",
        "X-HTTP-Method-Override", "keep-alive, Set-Cookie", "User-Agent", "Connection", "Expect",
        "content_length",
    ])
    func `HTTP-22 Connection takes away nothing that is protected or goes from end to end`(
        _ options: String
    ) {
        var head = head
        head.protected = ProtectedHeaders(names: ["X-User-Id"])
        #expect(throws: RequestFault.protectedNameInConnection) {
            _ = try head.get("Connection: \(options)")
        }
    }

    @Test func `HTTP-22 Connection names a few fields, not thousands`() throws {
        let names = { (count: Int) in (0..<count).map { "X-\($0)" }.joined(separator: ",") }
        let few = try head.get("Connection: \(names(32))", "X-31: root", "x-0: root", "X-32: 1")
        #expect(!few.contains("root") && few["X-32"] == "1")
        #expect(fault(line: "Connection: \(names(33))") == .malformed(.connection))
        let twice = "Connection: \(names(17))\r\nConnection: \(names(17))"
        #expect(fault(line: twice) == .malformed(.connection))
    }

    @Test func `HTTP-24 methods`() {
        for method in ["CONNECT", "TRACE"] {
            let text = "\(method) /a HTTP/1.1\r\nHost: g\r\n\r\n"
            #expect(fault(text) == .unsupportedMethod)
        }
        #expect(fault("CONNECT g:443 HTTP/1.1\r\nHost: g:443\r\n\r\n") == .unsupportedMethod)
        for method in [
            "", "G=\":<>(e),[T];?\"", "G T", "\0", "GET\t", "é", String(repeating: "G", count: 33),
            String(repeating: "G", count: 65_536),
        ] {
            let text = "\(method) /a HTTP/1.1\r\nHost: g\r\n\r\n"
            guard case .malformed = fault(text) else {
                Issue.record("\(method.prefix(40)) accepted")
                continue
            }
        }
        // The route decides about methods that nobody here knows.
        for method in ["FOO", "get", "M-SEARCH", "connect", String(repeating: "G", count: 32)] {
            #expect(fault("\(method) /a HTTP/1.1\r\nHost: g\r\n\r\n") == nil, "\(method)")
        }
    }

    @Test func `HTTP-25 each bound holds to the byte`() {
        let target = { (count: Int) in
            "GET /\(String(repeating: "a", count: count - 1)) HTTP/1.1\r\nHost: g\r\n\r\n"
        }
        #expect(fault(target(8192)) == nil && fault(target(8193)) == .targetTooLong)
        let fields = { (count: Int) in
            "GET /a HTTP/1.1\r\nHost: g\r\n" + String(repeating: "X: y\r\n", count: count - 1)
                + "\r\n"
        }
        #expect(fault(fields(100)) == nil && fault(fields(101)) == .tooManyFields)
        let size = { (count: Int) in
            let start = "GET /a HTTP/1.1\r\nHost: g\r\nX: "
            return start + String(repeating: "y", count: count - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(fault(size(32 * 1024)) == nil && fault(size(32 * 1024 + 1)) == .headTooLarge)
    }

    @Test func `HTTP-39 the preface of HTTP 2 is refused as a request`() {
        let fault = fault("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(fault == .malformed(.http2Preface) && fault?.status == 400)
        #expect(fault?.endsConnection == true)
        #expect(self.fault("GET * HTTP/2.0\r\n\r\n") == .unsupportedVersion)
        #expect(self.fault("PRX * HTTP/2.0\r\n\r\n") == .unsupportedVersion)
    }

    @Test(arguments: [
        "Content_Length: 5", "Transfer_Encoding: chunked", "content.length: 5", "Content+Length: 5",
        "Content-Length: 5\r\nContent_Length: 6", "transfer~encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer_Encoding: identity",
    ])
    func `HTTP-40 a name that others read as framing is refused`(_ line: String) {
        #expect(fault(line: line) == .malformed(.framingLookAlike))
    }

    @Test func `HTTP-42 TE is cut to trailers`() throws {
        for value in ["trailers", "gzip, trailers;q=0.5", "TRAILERS, deflate"] {
            let result = try head.get("TE: \(value)", "Connection: TE")
            #expect(result["TE"] == "trailers" && result["Connection"] == "TE", "\(value)")
        }
        let none = try head.get("TE: gzip, x-trailers", "Connection: TE")
        #expect(none["TE"] == nil && none["Connection"] == nil)
    }

    @Test func `HDR-13 Authorization goes on only where a route keeps it`() throws {
        let lines = ["Host: g", "Authorization: Bearer t", "Proxy-Authorization: Basic x"]
        let removed = try head.of("GET /a HTTP/1.1", lines)
        #expect(!removed.contains("authorization"))
        var kept = head
        kept.rules = ForwardRules(keepsAuthorization: true)
        let result = try kept.of("GET /a HTTP/1.1", lines)
        #expect(result["Authorization"] == "Bearer t" && !result.contains("proxy-"))
    }

    @Test func `HDR-01 HDR-02 HDR-03 a protected name is removed in every spelling`() throws {
        var head = head
        head.protected = ProtectedHeaders(names: ["X-User-Id"])
        let names = [
            "X-User-Id", "Gatehouse-User", "X-HTTP-Method-Override", "X-HTTP-Method",
            "X-Method-Override", "X-Forwarded-For", "X-Forwarded-Client-Cert", "X-Real-IP",
            "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Envoy-Internal", "SSL-Client-Verify",
            "X-Client-Cert", "True-Client-IP", "CF-Connecting-IP", "X-Request-Id", "Keep-Alive",
        ]
        let separators = Array("-_.+~!#$%&'*^`|".unicodeScalars)
        for name in names {
            for separator in separators {
                let mark = String(Character(separator))
                let spelling = name.replacing("-", with: mark)
                for form in [spelling, spelling.uppercased(), spelling.lowercased()] {
                    if form.lowercased() == "x-request-id" { continue }
                    let result = try head.get("\(form): root")
                    #expect(!result.contains("root"), "\(form)")
                }
            }
        }
    }

    @Test func `HTTP-37 nothing that is written holds a line of somebody else's`() throws {
        // Encoded line ends are refused in paths and stay encoded in queries.
        #expect(fault("GET /a%0d%0aX:1 HTTP/1.1\r\nHost: g\r\n\r\n") == .pathNotNormal(.control))
        let query = try head.get(target: "/a?b=%0d%0aX-Admin:%201")
        #expect(query.head.hasPrefix("GET /a?b=%0d%0aX-Admin:%201 HTTP/1.1\r\n"))
        let behind = ForwardedHead(trusted: ["10.0.0.0/8"])
        for line in [
            "X-Forwarded-Host: g%0d%0aX: 1", "X-Forwarded-Prefix: /a%0d%0aX: 1",
            "X-Forwarded-For: 1.1.1.1\u{B}X: 1", "X-Forwarded-Port: 80\t1",
        ] {
            #expect(throws: RequestFault.self, "\(line)") { _ = try behind.get(line) }
        }
    }
}
