import Testing

@testable import Gateway

@Suite struct BearerTokenTests {
    private func read(_ text: String) -> BearerToken {
        let bytes = Array(text.utf8)
        return BearerToken.read(0..<bytes.count, in: bytes.span)
    }

    @Test(arguments: ["Bearer a.b.c", "bearer x", "BEARER A-Z_~+/=.9"])
    func `JWT-44 one token behind one space is found in any case`(_ text: String) {
        #expect(read(text) == .present(7..<text.utf8.count))
    }

    @Test(arguments: [
        "Bearer", "Bearer ", "Bearer  a", "Bearer\ta", "Bearer a b", "Bearer a,b",
        "Bearer a,Bearer b", "Bearer é",
        "Bearer a\u{0}", "Bearer,a", "Bearer=a",
    ])
    func `JWT-44 anything else behind the scheme is malformed`(_ text: String) {
        #expect(read(text) == .malformed)
    }

    @Test(arguments: ["", "B", "Basic dTpw", "DPoP a", "Bearers a", "Bearer1 x", "Be\u{61}re a"])
    func `another scheme is no token`(_ text: String) {
        #expect(read(text) == .absent)
    }

    @Test(arguments: [
        ("access_token=a", true), ("x=1&access_token=a", true), ("access_token", true),
        ("a&access_token&b", true),
        ("%61ccess_toke%6E=a", true), ("xaccess_token=a", false), ("access_tokens=a", false),
        ("x=access_token=", false),
        ("", false), ("&&", false), ("access_toke%", false), ("access_token%3Da", false),
    ])
    func `JWT-43 a token in the query is found in every encoding of its name`(
        _ text: String, _ stands: Bool
    ) {
        let bytes = Array(text.utf8)
        #expect(BearerToken.stands(inQuery: 0..<bytes.count, of: bytes.span) == stands)
    }
}
