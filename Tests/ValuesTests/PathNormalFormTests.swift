import Testing
import Values

@Suite struct PathNormalFormTests {
    @Test(arguments: [
        "/", "/a", "/a/", "/a/b.c/...", "/.hidden", "/a..b", "/-._~!$&'()*+,=:@", "/%20", "/%C3%A9",
        "/%c3%a9", "/%e2%82%ac", "/%F0%9F%98%80", "/%ee%80%80", "/%23/%3f/%3B", "/%25", "/%25x",
        "/%25a",
    ])
    func `a path in its normal form is accepted`(_ path: String) throws {
        try PathNormalForm.check(path)
    }

    static let refused: [(String, PathNormalForm.Rejection)] = [
        ("", .noLeadingSlash), ("a", .noLeadingSlash), ("*", .noLeadingSlash),
        ("//", .emptySegment), ("/a//b", .emptySegment), ("//a", .emptySegment),
        ("/a//", .emptySegment),
        ("/.", .dotSegment), ("/..", .dotSegment), ("/a/../b", .dotSegment),
        ("/a/./b", .dotSegment),
        ("/a/..", .dotSegment), ("/%2e%2e/b", .dotSegment), ("/.%2e", .dotSegment),
        ("/a%2Eb", .dotSegment),
        ("/%2f", .encodedSeparator), ("/a%2Fb", .encodedSeparator), ("/%5c", .encodedSeparator),
        ("/%252e", .doubleEncoding), ("/%252f", .doubleEncoding), ("/%25%32", .encodedUnreserved),
        ("/%00", .control), ("/%0d%0a", .control), ("/%1F", .control), ("/%7f", .control),
        ("/%", .badEncoding), ("/%2", .badEncoding), ("/%zz", .badEncoding),
        ("/%u002e", .badEncoding),
        ("/%c3%", .badEncoding), ("/%c3%a", .badEncoding),
        ("/%41", .encodedUnreserved), ("/%7E", .encodedUnreserved), ("/%30", .encodedUnreserved),
        ("/%c0%ae", .notUTF8), ("/%c1%81", .notUTF8), ("/%e0%80%af", .notUTF8), ("/%ff", .notUTF8),
        ("/%80", .notUTF8), ("/%ed%a0%80", .notUTF8), ("/%f0%80%80%80", .notUTF8),
        ("/%f4%90%80%80", .notUTF8),
        ("/%f5%80%80%80", .notUTF8), ("/%c3", .notUTF8), ("/%c3a", .notUTF8),
        ("/%e2%82x", .notUTF8),
        ("/a;b", .semicolon), ("/a\\b", .badByte), ("/a|b", .badByte), ("/a b", .badByte),
        ("/a#b", .badByte),
        ("/a?b", .badByte), ("/\u{E9}", .badByte), ("/\u{7F}", .badByte), ("/\0", .badByte),
    ]

    @Test(arguments: refused)
    func
        `PATH-02 PATH-03 PATH-04 PATH-05 PATH-06 PATH-09 PATH-10 PATH-11 PATH-12 refused`(
            _ path: String, _ rejection: PathNormalForm.Rejection
        )
    {
        #expect(throws: rejection) { try PathNormalForm.check(path) }
    }
}

@Suite struct HeaderNameTests {
    @Test(arguments: [
        ("X-User", "x-user"), ("x_user", "x-user"), ("X.User", "x-user"), ("X+User~1", "x-user-1"),
        ("X\u{E9}", "x--"), ("", ""),
    ])
    func `HDR-02 HDR-03 spellings that readers confuse have one normal form`(
        _ name: String, _ form: String
    ) {
        #expect(HeaderName.normalForm(name) == form)
        let bytes = Array(name.utf8)
        let isOwn = HeaderName.isNormalForm(Array(form.utf8), of: bytes.span)
        let isOther = HeaderName.isNormalForm(Array("other".utf8), of: bytes.span)
        #expect(isOwn)
        #expect(!isOther)
    }

    @Test func `every byte has one`() {
        for byte in UInt8.min ... .max {
            let expected: UInt8 =
                switch byte {
                case 0x30...0x39, 0x61...0x7A: byte
                case 0x41...0x5A: byte + 0x20
                default: 0x2D
                }
            #expect(HeaderName.normalByte(byte) == expected)
        }
    }
}
