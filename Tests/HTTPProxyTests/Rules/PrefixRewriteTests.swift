import Testing
import Values

@testable import HTTPProxy

@Suite struct PrefixRewriteTests {
    private func path(_ path: String, strip: String = "", add: String = "") throws -> String {
        var head = ForwardedHead()
        let rewrite = PrefixRewrite(strip: strip, add: add)
        try #require(rewrite != nil)
        head.rewrite = rewrite
        let line = try head.get(target: path).head.prefix { $0 != "\r\n" }
        #expect(line.hasPrefix("GET /") && line.hasSuffix(" HTTP/1.1"))
        return String(line.dropFirst(4).dropLast(9))
    }

    @Test(arguments: [
        ("/api", "/"), ("/api/", "/"), ("/api/x", "/x"), ("/api/api/x", "/api/x"),
        ("/api/x/", "/x/"), ("/api?a=/api/../b", "/?a=/api/../b"), ("/api/?", "/?"),
        ("/api/%2525", "/%25"), ("/api/c%c3%a9", "/c%c3%a9"),
    ])
    func `PATH-17 a prefix is taken away, and what is left begins with a slash`(
        _ from: String, _ to: String
    ) throws {
        if from.hasSuffix("%2525") {
            // Refused before anything is rewritten.
            #expect(throws: RequestFault.pathNotNormal(.doubleEncoding)) {
                _ = try path(from, strip: "/api")
            }
        } else {
            #expect(try path(from, strip: "/api") == to)
        }
    }

    @Test(arguments: ["/apiadmin", "/ap", "/", "/API/x", "/x/api", "/api.x/y", "/apiadmin/api"])
    func `PATH-17 PATH-16 a path outside the prefix goes nowhere`(_ from: String) {
        #expect(throws: RequestFault.outsidePrefix) { _ = try path(from, strip: "/api") }
        #expect(RequestFault.outsidePrefix.status == 404)
    }

    @Test(arguments: ["/api/../admin", "/api//admin", "/api/./x", "/api/..", "/api/%2e%2e/x"])
    func `PATH-17 a path that is not normal is refused before and after`(_ from: String) {
        #expect(throws: RequestFault.self) { _ = try path(from, strip: "/api") }
        // The rewriting by itself judges its result as well.
        var out = ByteBuffer()
        let bytes = Array(from.utf8)
        let rewrite = PrefixRewrite(strip: "/api")
        do throws(RequestFault) {
            try rewrite?.append(0..<bytes.count, in: bytes.span, to: &out)
            Issue.record("\(from) became \(String(decoding: out.array(), as: UTF8.self))")
        } catch {
            #expect(error.code == "path-not-normal" && out.isEmpty)
        }
    }

    @Test(arguments: [
        ("/x", "", "/v1", "/v1/x"), ("/", "", "/v1", "/v1/"), ("/x?y", "", "/v1/a", "/v1/a/x?y"),
        ("/api", "/api", "/v1", "/v1/"), ("/api/x", "/api", "/v1", "/v1/x"),
        ("/a/b/c?", "/a/b", "/d", "/d/c?"), ("/x", "", "", "/x"),
    ])
    func `a prefix is put in front`(
        _ from: String, _ strip: String, _ add: String, _ to: String
    ) throws {
        #expect(try path(from, strip: strip, add: add) == to)
    }

    @Test(arguments: ["a", "/", "/a/", "/a/../b", "//a", "/a?b", "/a b", "/a%2fb", "/a\r\nX: y"])
    func `a prefix is a path in its normal form without a slash at its end`(_ prefix: String) {
        #expect(PrefixRewrite(strip: prefix) == nil && PrefixRewrite(add: prefix) == nil)
        #expect(!PrefixRewrite.isPrefix(prefix))
    }

    @Test func `the upstream is told what was taken away`() throws {
        var head = ForwardedHead(trusted: ["10.0.0.0/8"])
        head.rewrite = PrefixRewrite(strip: "/api", add: "/v1")
        let own = try head.get("X-Real-IP: 1.1.1.1", target: "/api/x")
        #expect(own["X-Forwarded-Prefix"] == "/api")
        let both = try head.get("X-Forwarded-Prefix: /shop", target: "/api/x")
        #expect(both["X-Forwarded-Prefix"] == "/shop/api")
        head.trusted = []
        let untrusted = try head.get("X-Forwarded-Prefix: /shop", target: "/api/x")
        #expect(untrusted["X-Forwarded-Prefix"] == "/api")
        head.rewrite = PrefixRewrite(add: "/v1")
        #expect(try head.get(target: "/x")["X-Forwarded-Prefix"] == nil)
    }
}
