import Testing
import Values

@Suite struct ExactTextTests {
    @Test func `canonically equivalent texts are different names`() {
        #expect("\u{212A}" == "K", "Swift's own comparison")
        #expect(ExactText("\u{212A}") != ExactText("K"))
        #expect(ExactText("\u{E9}") != ExactText("e\u{301}"))
        #expect(OrganizationID("org_\u{212A}") != OrganizationID("org_K"))
        #expect(Set([ExactText("\u{E9}"), ExactText("e\u{301}")]).count == 2)
    }

    @Test func `order is the order of the bytes`() {
        #expect(
            [ExactText("b"), ExactText("B"), ExactText("a")].sorted().map(\.text) == [
                "B", "a", "b",
            ])
    }

    @Test(arguments: ["", "org a", "org/a", "org.a", "örg", String(repeating: "a", count: 65)])
    func `PATH-18 an organization in a path has a narrow alphabet`(_ text: String) {
        #expect(!OrganizationID.isValid(text))
        #expect(OrganizationID.isValid("Az09_-"))
    }
}

@Suite struct HTTPMethodTests {
    @Test(arguments: [
        HTTPMethod.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ])
    func `a known method is the same however it was made`(_ method: HTTPMethod) {
        #expect(HTTPMethod(token: method.name) == method)
        #expect(HTTPMethod(token: method.name.lowercased()) != method)
        #expect(HTTPMethod(token: "PURGE") == HTTPMethod(token: "PURGE"))
        #expect(HTTPMethod(token: "PURGE") != HTTPMethod(token: "LOCK"))
        #expect(HTTPMethod(token: "PURGE") != method)
    }
}

@Suite struct JSONTextTests {
    @Test func `AV-23 control bytes and quotes are escaped`() {
        #expect(
            JSONText.quoted("a\"b\\c\n\r\t\u{1B}\u{7F}é")
                == "\"a\\\"b\\\\c\\n\\r\\t\\u001b\\u007fé\"")
    }

    @Test func `bytes that are not UTF-8 still give valid text`() {
        var out: [UInt8] = []
        let source: [UInt8] = [0x61, 0xFF, 0x62]
        JSONText.append(bytes: source.span, to: &out)
        #expect(String(validating: out, as: UTF8.self) == "\"a\u{FFFD}b\"")
    }

    @Test(arguments: [0, 7, -1, 10, 1_234_567, Int64.min, Int64.max])
    func `numbers are written as Swift writes them`(_ number: Int64) {
        var out: [UInt8] = []
        out.append(decimal: number)
        #expect(String(decoding: out, as: UTF8.self) == String(number))
    }
}

@Suite struct Base64URLTests {
    @Test func `what is encoded decodes to itself, for every length`() {
        var bytes: [UInt8] = []
        for length in 0..<70 {
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes)
            bytes.append(UInt8(truncatingIfNeeded: length &* 91 &+ 200))
        }
    }

    @Test(arguments: ["QQ==", "Q", "QR", "QUJ", "QU\nI", "Q+", "Q/", " QQ", "QQ ", "QUI=", "QUJDR"])
    func `JWT-19 a second spelling of the same bytes is refused`(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `what is read as base64url is the one spelling of its bytes`() {
        let symbols = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var read = 0
        for first in symbols {
            for second in symbols {
                for text in [
                    [first, second], [65, first, second], [66, 67, 68, 69, first, second],
                ] {
                    guard let bytes = Base64URL.decode(text.span) else { continue }
                    read += 1
                    #expect(Array(Base64URL.encode(bytes).utf8) == text)
                }
            }
        }
        // The last symbol has four bits to spare behind one byte, two behind two.
        #expect(read == 64 * 4 + 64 * 16 + 64 * 4)
        let good = Array(Base64URL.encode(Array(0..<11)).utf8)
        for place in good.indices {
            for byte in UInt8.min ... .max where !symbols.contains(byte) {
                var bad = good
                bad[place] = byte
                let decoded = Base64URL.decode(bad.span)
                #expect(decoded == nil)
            }
        }
    }

    @Test func `the vectors of RFC 4648 hold`() {
        #expect(Base64URL.encode(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Hexadecimal.bytes(Hexadecimal.text([0, 1, 0xAB, 0xFF])) == [0, 1, 0xAB, 0xFF])
        #expect(Hexadecimal.bytes("0") == nil)
        #expect(Hexadecimal.bytes("0g") == nil)
    }
}
