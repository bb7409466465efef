import Documents
import Testing

@Suite struct JSONReaderTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("\t\r\n0", 0), ("-0", 0),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("18446744073709551616", .double(18_446_744_073_709_551_616)),
            ("1.0", .double(1)), ("-1.5e-2", .double(-0.015)), ("1E400000e", nil),
            ("1e300", .double(1e300)), ("1e-999", .double(0)), ("0.1", .double(0.1)),
            ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u0041\u00e9\u20AC\ud83d\ude00""#, "A\u{e9}\u{20ac}\u{1f600}"),
            ("\"\u{e9}\u{1f600}\u{7f}\u{2028}\"", "\u{e9}\u{1f600}\u{7f}\u{2028}"),
            ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]),
            ("[1 , [2],{ \"a\" : [ ] }]", [1, [2], ["a": []]]),
            (#"{"b":1,"a":{"b":2},"":3}"#, ["b": 1, "a": ["b": 2], "": 3]),
            // Canonically equivalent names are two names.
            (#"{"\u00e9":1,"e\u0301":2}"#, ["\u{e9}": 1, "e\u{301}": 2]),
        ] as [(String, JSONValue?)])
    func `legal texts are read as what they say`(_ text: String, _ expected: JSONValue?) throws {
        guard let expected else {
            #expect(throws: JSONRejection.self) { try JSONReader.read(text: text) }
            return
        }
        #expect(try JSONReader.read(text: text) == expected)
    }

    @Test(
        arguments: [
            ("", .empty, 0), (" \n", .empty, 2), ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedCharacter, 3), ("True", .unexpectedCharacter, 0),
            ("NaN", .unexpectedCharacter, 0), ("Infinity", .unexpectedCharacter, 0),
            ("-Infinity", .invalidNumber, 0), ("01", .invalidNumber, 0), ("-01", .invalidNumber, 0),
            ("00", .invalidNumber, 0), ("-", .unexpectedEnd, 1), ("+1", .unexpectedCharacter, 0),
            (".5", .unexpectedCharacter, 0), ("1.", .unexpectedEnd, 2), ("1.e1", .invalidNumber, 0),
            ("[1e]", .invalidNumber, 1), ("1e+", .unexpectedEnd, 3), ("0x10", .trailingText, 1),
            ("1_000", .trailingText, 1), ("1e999", .numberOutOfRange, 0),
            ("-1e999", .numberOutOfRange, 0), ("\u{ff11}", .unexpectedCharacter, 0),
            ("[1 2]", .unexpectedCharacter, 3), ("[1,]", .unexpectedCharacter, 3),
            ("[,1]", .unexpectedCharacter, 1), ("[1,,2]", .unexpectedCharacter, 3),
            ("[1", .unexpectedEnd, 2), ("[", .unexpectedEnd, 1), ("]", .unexpectedCharacter, 0),
            ("[1}", .unexpectedCharacter, 2), ("{\"a\":1]", .unexpectedCharacter, 6),
            ("{\"a\":1,}", .unexpectedCharacter, 7), ("{\"a\" 1}", .unexpectedCharacter, 5),
            ("{\"a\"}", .unexpectedCharacter, 4), ("{a:1}", .unexpectedCharacter, 1),
            ("{1:1}", .unexpectedCharacter, 1), ("{'a':1}", .unexpectedCharacter, 1),
            ("{\"a\":}", .unexpectedCharacter, 5), ("{,}", .unexpectedCharacter, 1),
            ("'a'", .unexpectedCharacter, 0), ("\"a", .unexpectedEnd, 2),
            ("\"\\", .unexpectedEnd, 2),
            ("\"\\u12", .unexpectedEnd, 5), (#""\x41""#, .invalidEscape, 1),
            (#""\'""#, .invalidEscape, 1), (#""\u12g4""#, .invalidEscape, 1),
            (#""\U00000041""#, .invalidEscape, 1), ("\"\n\"", .controlCharacter, 1),
            ("\"ab\\t\u{1}\"", .controlCharacter, 5), ("\"\u{0}\"", .controlCharacter, 1),
            ("/* c */1", .unexpectedCharacter, 0), ("1 // c", .trailingText, 2),
            ("1 2", .trailingText, 2), ("{}{}", .trailingText, 2), ("[]\u{0}", .trailingText, 2),
            ("\u{a0}1", .unexpectedCharacter, 0), ("\u{c}1", .unexpectedCharacter, 0),
        ] as [(String, JSONRejection.Reason, Int)])
    func `illegal texts are refused at the byte where they go wrong`(
        _ text: String, _ reason: JSONRejection.Reason, _ offset: Int
    ) {
        #expect(throws: JSONRejection(reason, at: offset)) { try JSONReader.read(text: text) }
    }

    @Test(arguments: [
        #"{"aud":"urn:logto:organization:b","aud":"urn:logto:organization:a"}"#,
        #"{"exp":1,"exp":1}"#, #"{"aud":1,"\u0061ud":2}"#, #"{"a":{"b":1,"c":[],"b":2}}"#,
    ])
    func `JWT-17 a name that occurs twice is refused, however it is spelled`(_ text: String) {
        #expect { try JSONReader.read(text: text) } throws: {
            ($0 as? JSONRejection)?.reason == .duplicateName
        }
    }

    @Test(arguments: [11, 12, 13, 14, 200])
    func `JWT-17 a duplicate is found among many names`(_ count: Int) throws {
        let members = (0..<count).map { "\"n\($0)\":\($0)" }
        let unique = "{\(members.joined(separator: ","))}"
        #expect(try JSONReader.read(text: unique).objectValue?.count == count)
        for name in ["n0", "n\(count - 1)", "n\(count / 2)"] {
            let twice = "{\(members.joined(separator: ",")),\"\(name)\":0}"
            #expect(throws: JSONRejection(.duplicateName, at: unique.utf8.count)) {
                try JSONReader.read(text: twice)
            }
        }
    }

    @Test func `JWT-23 numbers of any size are read or refused, without a trap`() throws {
        #expect(try JSONReader.read(text: "1e300").integerValue == nil)
        #expect(try JSONReader.read(text: "9223372036854775808").integerValue == nil)
        #expect(try JSONReader.read(text: "1e3").integerValue == 1000)
        #expect(try JSONReader.read(text: "1.5").integerValue == nil)
        for text in ["1e999", "-1e999", "1" + String(repeating: "0", count: 400)] {
            #expect(throws: JSONRejection(.numberOutOfRange, at: 0)) {
                try JSONReader.read(text: text)
            }
        }
        let long = "0." + String(repeating: "1", count: 100_000)
        #expect(throws: JSONRejection(.numberOutOfRange, at: 0)) {
            try JSONReader.read(text: long)
        }
    }

    @Test(arguments: ["[", #"{"a":"#])
    func `JWT-37 nesting beyond the limit is refused where it begins`(_ opening: String) throws {
        let deep = String(repeating: opening, count: 100_000)
        #expect(throws: JSONRejection(.tooDeep, at: 16 * opening.utf8.count)) {
            try JSONReader.read(text: deep)
        }
        let limits = JSONReader.Limits(depth: .max)
        #expect(throws: JSONRejection(.tooDeep, at: 128 * opening.utf8.count)) {
            try JSONReader.read(text: deep, limits: limits)
        }
        let closing = opening == "[" ? "]" : "}"
        let inner = opening == "[" ? "" : "1"
        let allowed =
            String(repeating: opening, count: 16) + inner + String(repeating: closing, count: 16)
        _ = try JSONReader.read(text: allowed)
    }

    @Test(
        arguments: [
            ([0x22, 0xC3, 0x28, 0x22], .invalidUTF8, 1),
            ([0x22, 0x61, 0x80, 0x22], .invalidUTF8, 2),
            ([0x22, 0xC0, 0x80, 0x22], .invalidUTF8, 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 1),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, 1),
            ([0x22, 0x5C, 0x6E, 0xC3, 0x28, 0x22], .invalidUTF8, 3),
            ([0x22, 0xC3, 0x5C, 0x6E, 0x22], .invalidUTF8, 1),
            ([0xFF, 0xFE, 0x31, 0x00], .unexpectedCharacter, 0),
            ([0xEF, 0xBB, 0xBF, 0x31], .byteOrderMark, 0),
        ] as [([UInt8], JSONRejection.Reason, Int)])
    func `JWT-38 bytes that are not UTF-8 are refused`(
        _ bytes: [UInt8], _ reason: JSONRejection.Reason, _ offset: Int
    ) {
        #expect(throws: JSONRejection(reason, at: offset)) { try JSONReader.read(bytes) }
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\ud800x""#, #""\ud800\n""#,
        #""\ud83d\u0041""#,
    ])
    func `JWT-38 half a surrogate pair is refused`(_ text: String) {
        #expect(throws: JSONRejection(.loneSurrogate, at: 1)) { try JSONReader.read(text: text) }
    }

    @Test func `JWT-38 a NUL character is refused unless it is allowed`() throws {
        #expect(throws: JSONRejection(.nulCharacter, at: 2)) {
            try JSONReader.read(text: #""a\u0000b""#)
        }
        let limits = JSONReader.Limits(allowsNUL: true)
        #expect(try JSONReader.read(text: #""a\u0000b""#, limits: limits) == "a\u{0}b")
    }

    @Test func `JWT-39 the kind of the value is the caller's question`() throws {
        for text in ["[]", "\"x\"", "1", "null"] {
            #expect(try JSONReader.read(text: text).objectValue == nil)
        }
    }

    @Test func `a text beyond the limit is refused unread`() throws {
        let limits = JSONReader.Limits(bytes: 4)
        #expect(try JSONReader.read(text: "1234", limits: limits) == 1234)
        #expect(throws: JSONRejection(.tooLong, at: 4)) {
            try JSONReader.read(text: "12345", limits: limits)
        }
    }
}
