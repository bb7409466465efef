import Testing
import Values

@Suite struct PathNormalFormTests {
    @Test(arguments: [
        "/", "/a", "/a/", "/a/b.c/...", "/.hidden", "/a..b", "/-._~!$&'()*+,=:@", "/%20", "/%C3%A9",
        "/%c3%a9", "/%e2%82%ac", "/%F0%9F%98%80", "/%ee%80%80", "/%23/%3f/%3B", "/%25", "/%25x",
        "/%25a", "/%25%e2%82%ac", "/a%3b", "/...%3b", "/a..%3B/b", "/%3b", "/%20.", "/.a%3b",
        "/%2B%26%3D",
        "/%ed%9f%bf/%ee%80%80/%f4%8f%bf%bf", "/%ef%bf%bd", "/a%25/b",
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
        ("/..%3b", .dotSegment), ("/a/..%3B/b", .dotSegment), ("/a/.%3bx", .dotSegment),
        ("/a;b", .semicolon), ("/;", .semicolon), ("/a/..;/b", .semicolon), ("/a\\b", .badByte),
        ("/a|b", .badByte), ("/a b", .badByte),
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

@Suite struct PathNormalFormByteTests {
    @Test func `PATH-09 each byte has one spelling, or none`() {
        for byte in UInt8.min ... .max {
            let digits = String(byte, radix: 16)
            let encoded = "%" + String(repeating: "0", count: 2 - digits.utf8.count) + digits
            var spellings: [[UInt8]] = []
            for spelling in [[byte], Array(encoded.utf8), Array(encoded.uppercased().utf8)]
            where !spellings.contains(spelling) {
                let path = Array("/a".utf8) + spelling + Array("b".utf8)
                if (try? PathNormalForm.check(path.span)) != nil { spellings.append(spelling) }
            }
            let isUnreserved =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || [0x2D, 0x5F, 0x7E].contains(byte)
            switch byte {
            case 0x2E: #expect(spellings == [[byte]])
            case 0x2F:
                // A slash is one, and what is encoded is none.
                #expect(spellings == [[byte]])
            case 0x5C, 0..<0x20, 0x7F..., 0x80...: #expect(spellings.isEmpty, "\(byte)")
            case _ where isUnreserved: #expect(spellings == [[byte]], "\(byte)")
            default:
                // Reserved bytes mean something else when they are encoded.
                #expect(spellings.contains { $0.count == 3 }, "\(byte)")
            }
        }
    }

    @Test func `PATH-12 what is accepted decodes to UTF-8, and every scalar above ASCII is`() {
        for value in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(Character(scalar)).utf8)
            let encoded = bytes.map { "%" + String($0, radix: 16) }.joined()
            #expect((try? PathNormalForm.check("/" + encoded)) != nil, "\(encoded)")
            // Raw, shortened, and with a byte too much, it is refused.
            #expect((try? PathNormalForm.check(([0x2F] + bytes).span)) == nil)
            #expect((try? PathNormalForm.check("/" + encoded.dropLast(3))) == nil)
            #expect((try? PathNormalForm.check("/" + encoded + "%80")) == nil)
        }
        for first in 0x80...0xFF {
            for second in 0x80...0xFF {
                let bytes = [UInt8(first), UInt8(second)]
                let path = "/%" + String(first, radix: 16) + "%" + String(second, radix: 16)
                let isText = String(validating: bytes, as: UTF8.self) != nil
                let isAccepted = (try? PathNormalForm.check(path)) != nil
                #expect(isAccepted == isText, "\(path)")
            }
        }
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
