import Documents
import JOSE
import Testing
import Values

/// Attacks on the JSON of header and payload.
@Suite struct JSONAttackTests {
    private static let payload = JSONWriter.text(.object(Issuer.p0))
    private static let header = JSONWriter.text(.object(Issuer.h0))

    /// The payload's text with more members in front.
    private func payload(adding members: String) -> String {
        "{" + members + "," + Self.payload.dropFirst()
    }

    @Test(arguments: [
        "\"aud\":\"urn:logto:organization:orgB\"", "\"exp\":1", "\"exp\":99999999999",
        "\"\\u0061ud\":\"urn:logto:organization:orgB\"", "\"extra\":{\"a\":1,\"a\":2}",
        "\"extra\":[{\"a\":{\"b\":1,\"\\u0062\":2}}]",
    ])
    func `JWT-17 duplicate members are refused`(_ members: String) throws {
        let token = try Issuer.token(header: Self.header, payload: payload(adding: members))
        #expect(Issuer.code(token) == "token-json")
    }

    @Test func `JWT-17 duplicate header members are refused`() throws {
        let header = "{\"alg\":\"none\"," + Self.header.dropFirst()
        #expect(
            Issuer.code(try Issuer.token(header: header, payload: Self.payload)) == "token-json")
    }

    @Test func `JWT-21 a nested token is refused`() throws {
        let inner = try Issuer.token()
        let header = JSONWriter.text(.object(Issuer.h0.with(["cty": "JWT"])))
        #expect(Issuer.code(try Issuer.token(header: header, payload: inner)) == "token-json")
    }

    @Test func `JWT-37 deep nesting ends at depth 16`() throws {
        // The longest that fits: beyond 8 KiB a token is refused for its size.
        for opening in ["[", "{\"a\":"] {
            let text = String(repeating: opening, count: 4000 / opening.utf8.count)
            #expect(
                Issuer.code(try Issuer.token(header: Self.header, payload: text)) == "token-json")
            #expect(Issuer.code("\(text.base64URL).e30.AAAA") == "token-json")
        }
        func nested(_ depth: Int) -> String {
            "\"extra\":" + String(repeating: "[", count: depth)
                + String(repeating: "]", count: depth)
        }
        let deepest = try Issuer.token(header: Self.header, payload: payload(adding: nested(15)))
        #expect(Issuer.code(deepest) == "accepted")
        let tooDeep = try Issuer.token(header: Self.header, payload: payload(adding: nested(16)))
        #expect(Issuer.code(tooDeep) == "token-json")
    }

    @Test func `JWT-37 a hundred thousand brackets are refused for their size`() {
        let text = String(repeating: "[", count: 100_000).base64URL
        #expect(Issuer.code("\(text).\(text).AAAA") == "token-malformed")
    }

    @Test(arguments: [
        "\"x\":\"\\ud800\"", "\"sub2\":\"\\u0000\"", "'x':1", "\"x\":1 /* c */", "\"x\":NaN",
        "\"x\":01", "\"x\":+1", "\"x\":.5", "\"x\":\"\u{01}\"", "\"x\":\"\\q\"", "\"x\":1,", "x:1",
        "\"x\":1e999", "\"x\":-1e999",
    ])
    func `JWT-38 laxity in JSON is refused`(_ members: String) throws {
        let token = try Issuer.token(header: Self.header, payload: payload(adding: members))
        #expect(Issuer.code(token) == "token-json")
    }

    @Test func `JWT-38 a NUL in the subject is refused`() throws {
        let text = Self.payload.replacing("\"u1\"", with: "\"u1\\u0000\"")
        #expect(Issuer.code(try Issuer.token(header: Self.header, payload: text)) == "token-json")
    }

    @Test func `JWT-38 bytes around the document and bad UTF-8 are refused`() throws {
        let signer = try #require(Issuer.k1)
        let good = Array(Self.payload.utf8)
        let invalid: [[UInt8]] = [
            [0xEF, 0xBB, 0xBF] + good, good + [UInt8(ascii: "x")], good + good, good + [0],
            Array("{\"x\":\"".utf8) + [0xC3, 0x28] + Array("\",".utf8) + good.dropFirst(),
            Array(good.dropLast()) + [0x2C, 0x7D],
        ]
        for payload in invalid {
            let token = try signer.sign(header: Array(Self.header.utf8), payload: payload)
            #expect(Issuer.code(token) == "token-json")
        }
    }

    @Test(arguments: ["[]", "\"x\"", "1", "null", "", " ", "true"])
    func `JWT-39 a header or payload that is no object is refused`(_ text: String) throws {
        #expect(Issuer.code(try Issuer.token(header: Self.header, payload: text)) == "token-json")
        #expect(Issuer.code(try Issuer.token(header: text, payload: Self.payload)) == "token-json")
    }

    @Test func `JWT-49 white space inside the JSON is accepted`() throws {
        let header = "{ \"alg\" : \"ES384\" ,\n\t\"kid\":\"K1\" , \"typ\" : \"at+jwt\" }"
        let token = try Issuer.token(header: header, payload: " " + Self.payload + "\r\n")
        #expect(Issuer.code(token) == "accepted")
    }

    @Test func `JWT-50 unusual but legal tokens are accepted`() throws {
        let long = String(repeating: "j", count: 512)
        for changes in [
            ["jti": .string(long)], ["jti": nil], ["name": "Zoë 愛 👩‍🚀"],
            ["aud": ["urn:logto:organization:orgA"]], ["extra": ["a": [1, 2.5, nil, true]]],
            ["big": 1e300], ["sub": "user with spaces ü"], ["nbf": 1], ["scope": nil],
        ] as [[String: JSONValue?]] {
            #expect(Issuer.code(try Issuer.token(payload: changes)) == "accepted")
        }
        let turned = JSONObject(Array(Issuer.p0.members.reversed()))
        let token = try Issuer.token(header: Self.header, payload: JSONWriter.text(.object(turned)))
        #expect(Issuer.code(token) == "accepted")
    }
}
