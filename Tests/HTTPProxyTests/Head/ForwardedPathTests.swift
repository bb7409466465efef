import Testing
import Values

@testable import HTTPProxy

@Suite struct ForwardedPathTests {
    @Test(arguments: [
        "/public/%2e%2e/admin", "/public%2fadmin", "/public/%252e%252e/admin", "//admin/x",
        "/public\\..\\admin", "/a%5cb", "/%41dmin/x", "/admin%00.png", "/a%", "/a%zz", "/%c0%ae/",
        "/%ed%a0%80", "/%ff", "/a;b", "/public/..;/admin", "/public/..%3b/admin",
    ])
    func
        `PATH-02 PATH-03 PATH-04 PATH-05 PATH-06 PATH-09 PATH-10 PATH-11 PATH-12 refused as a target`(
            _ target: String
        )
    {
        do throws(RequestFault) {
            _ = try ForwardedHead().get(target: target)
            Issue.record("\(target) accepted")
        } catch {
            guard case .pathNotNormal = error else {
                Issue.record("\(target): \(error)")
                return
            }
        }
    }

    @Test func `PATH-12 raw bytes that are no ASCII are refused`() {
        for byte in UInt8(0x80)...0xFF {
            let target = Array("GET /a".utf8) + [byte] + Array(" HTTP/1.1\r\nHost: g\r\n\r\n".utf8)
            #expect(throws: RequestFault.self) { _ = try ForwardedHead().of(target) }
        }
    }

    @Test(arguments: ["/admin#/public", "/foo/secret#/bar", "/a?b#c"])
    func `PATH-14 a fragment is refused`(_ target: String) {
        #expect(throws: RequestFault.malformed(.target)) {
            _ = try ForwardedHead().get(target: target)
        }
    }

    @Test(arguments: [
        "/%23", "/%3f", "/%3F?x", "/a%3fb?c=/../d", "/admin?/public/x", "/public?x=/../admin",
        "/a?", "/a??", "/a?%2e%2e/%00%ff", "/a?x=//y;z\\w|\"<>", "/a%20b/%c3%a9/%C3%A9",
    ])
    func `PATH-14 PATH-15 data stays as it came, and the query is not looked at`(
        _ target: String
    ) throws {
        let line = try ForwardedHead().get(target: target).head.prefix { $0 != "\r\n" }
        #expect(line == "GET \(target) HTTP/1.1")
    }

    @Test func `PATH-21 what is accepted is forwarded byte for byte`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<1000 {
            let target = RandomTarget.next(&generator)
            let result = try ForwardedHead().get(target: target)
            let line = result.head.prefix { $0 != "\r\n" }
            #expect(line == "GET \(target) HTTP/1.1", "seed \(seed)")
            accepted += 1
        }
        #expect(accepted == 1000)
    }

    @Test func `PATH-17 PATH-21 rewriting changes the prefix and nothing else`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var head = ForwardedHead()
        head.rewrite = PrefixRewrite(strip: "/api", add: "/v1")
        for _ in 0..<1000 {
            let target = RandomTarget.next(&generator)
            let line = try head.get(target: "/api" + target).head.prefix { $0 != "\r\n" }
            #expect(line == "GET /v1\(target) HTTP/1.1", "seed \(seed)")
        }
    }

    @Test func `PATH-21 a target of random bytes is forwarded as it came, or refused`() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "/", "a", ".", "%", "2", "e", "f", "5", "c", "?", "#", ";", "\\", "%2", "%25", "%c3",
            "%a9", "%3b", "..", "A", ":", "@", "%20", "%7e", "\u{E9}", "*", "//", "http://g", "g",
        ]
        for _ in 0..<20_000 {
            let target = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            guard let result = try? ForwardedHead().get(target: target) else { continue }
            let line = result.head.prefix { $0 != "\r\n" }
            let isAbsolute = target.hasPrefix("http://g/")
            let expected = isAbsolute ? String(target.dropFirst(8)) : target
            #expect(line == "GET \(expected) HTTP/1.1", "seed \(seed)")
            #expect(expected.hasPrefix("/") && !expected.hasPrefix("//"), "seed \(seed)")
        }
    }
}

/// Targets in their normal form, with all bytes that paths and queries may have.
enum RandomTarget {
    private static let plain = Array(
        "abcxyzABCXYZ0189-._~!$&'()*+,=:@".unicodeScalars.map(String.init))
    private static let encoded = [
        "%20", "%21", "%23", "%3f", "%3F", "%3b", "%25", "%22", "%3c", "%5b", "%5D", "%60", "%7b",
        "%c3%a9", "%C3%A9", "%e2%82%ac", "%F0%9F%98%80", "%ed%9f%bf", "%ee%80%80", "%f4%8f%bf%bf",
    ]
    private static let query =
        plain + encoded + [
            "/", "?", ";", "//", "..", "%00", "%ff", "%", "|", "\\", "%2e%2e", "[", "]", "{", "}",
        ]

    static func next(_ generator: inout SeededGenerator) -> String {
        var target = ""
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            target += "/" + segment(&generator)
        }
        if Int.random(in: 0...4, using: &generator) == 0 { target += "/" }
        if Bool.random(using: &generator) {
            let count = Int.random(in: 0...12, using: &generator)
            target +=
                "?"
                + (0..<count).map { _ in
                    query.randomElement(using: &generator) ?? ""
                }.joined()
        }
        return target
    }

    private static func segment(_ generator: inout SeededGenerator) -> String {
        while true {
            var text = ""
            for _ in 0..<Int.random(in: 1...10, using: &generator) {
                let isPlain = Int.random(in: 0...3, using: &generator) > 0
                text += (isPlain ? plain : encoded).randomElement(using: &generator) ?? ""
            }
            // What the rules for paths refuse, said in another way.
            let lower = text.lowercased()
            if text == "." || text == ".." || lower.hasPrefix(".%3b") || lower.hasPrefix("..%3b") {
                continue
            }
            let digits = Array("0123456789abcdef")
            let parts = lower.split(separator: "%25", omittingEmptySubsequences: false).dropFirst()
            if parts.contains(where: { part in
                part.count >= 2 && part.prefix(2).allSatisfy(digits.contains)
            }) {
                continue
            }
            return text
        }
    }
}
