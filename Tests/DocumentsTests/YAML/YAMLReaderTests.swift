import Documents
import Testing

@Suite struct YAMLReaderTests {
    /// Structure and texts in the notation of JSON; every scalar is a string.
    private func outline(_ text: String) throws -> String {
        let (root, diagnostics) = YAMLReader.read(SourceFile(path: "a.yaml", text: text))
        #expect(diagnostics.isEmpty, "\(diagnostics.map(\.message))")
        return JSONWriter.text(try #require(root).outline)
    }

    @Test(arguments: [
        ("a: b", #"{"a":"b"}"#), ("a: b\r\nc: d\r\n", #"{"a":"b","c":"d"}"#),
        (
            "- a\n- b: c\n  d: e\n-\n  - f\n- - g\n  - h\n-",
            #"["a",{"b":"c","d":"e"},["f"],["g","h"],""]"#
        ),
        ("a:\n- b\n- c\nd:\n  - e", #"{"a":["b","c"],"d":["e"]}"#),
        ("a:\n  b:\n    c: d\n  e: f\ng:\nh: i", #"{"a":{"b":{"c":"d"},"e":"f"},"g":"","h":"i"}"#),
        ("---\n# c\na: b # c\n...\n# end", #"{"a":"b"}"#),
        ("a:    # c\n  # c\n  b", #"{"a":"b"}"#),
        ("[a, 'b', \"c\", [d], {e: f, \"g\":h}, ]", #"["a","b","c",["d"],{"e":"f","g":"h"}]"#),
        ("a: [\n  b, # c\n  c\n]\nd: e", #"{"a":["b","c"],"d":"e"}"#),
        ("{\n\t\"a\": [1, true],\n\t\"b\"\n\t: null\n}", #"{"a":["1","true"],"b":"null"}"#),
        ("a: b\n  c\n\n  d  # e", #"{"a":"b c\nd"}"#),
        ("a: 'it''s\n\n  so'", #"{"a":"it's\nso"}"#),
        ("a: \"\\x41\\u00e9\\U0001F600\\ud83d\\ude00\\t\\\n   b  \n  c\"", #"{"a":"Aé😀😀\tb c"}"#),
        ("a: |\n  b\n   c\n\n  d\n\ne: f", #"{"a":"b\n c\n\nd\n","e":"f"}"#),
        ("a: |-\n  b\n\nc: |+\n  d\n\n", #"{"a":"b","c":"d\n\n"}"#),
        ("a: >\n  b\n  c\n\n  d\n   e\n  f\n", #"{"a":"b c\nd\n e\nf\n"}"#),
        ("- |2\n    a\n   b\n- >1-\n  c", "[\"  a\\n b\\n\",\" c\"]"),
        ("a: |", #"{"a":""}"#), ("a: http://x:80/y#z", ##"{"a":"http://x:80/y#z"}"##),
        ("GET /o/{org}/p: [allow, 404]", #"{"GET /o/{org}/p":["allow","404"]}"#),
        ("a: ${b.c}", #"{"a":"${b.c}"}"#), ("a : b", #"{"a":"b"}"#),
        ("a: -1\nb: -x\nc: ?y\nd: :z", #"{"a":"-1","b":"-x","c":"?y","d":":z"}"#),
        ("text", #""text""#), ("\"a\": b", #"{"a":"b"}"#), ("'': b", #"{"":"b"}"#),
        ("- a: b\n  c:\n  - d\n- e", #"[{"a":"b","c":["d"]},"e"]"#),
    ])
    func `what is in the subset is read as its structure and texts`(
        _ text: String, _ expected: String
    ) throws {
        #expect(try outline(text) == expected)
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xC3, 0x28], "yaml-utf8"), ([0x61, 0x00], "yaml-control"),
            ([0x61, 0x0D, 0x62], "yaml-control"), ([0x61, 0x1B], "yaml-control"),
            ([0xEF, 0xBB, 0xBF, 0x61], "yaml-bom"), (Array("a\u{85}b".utf8), "yaml-control"),
            (Array("a\u{2028}b".utf8), "yaml-control"), (Array("a\u{202E}b".utf8), "yaml-control"),
            (Array("a\u{2066}b".utf8), "yaml-control"), (Array("a\u{FEFF}b".utf8), "yaml-control"),
            (Array("a\u{FFFF}b".utf8), "yaml-control"), ([0xFF, 0xFE, 0x61, 0x00], "yaml-utf8"),
            ([0x7F], "yaml-control"), ([], "yaml-empty"),
        ] as [([UInt8], String)])
    func `bytes that are not plain text are refused`(_ bytes: [UInt8], _ code: String) {
        let (root, diagnostics) = YAMLReader.read(SourceFile(path: "a.yaml", bytes: bytes))
        #expect(root == nil)
        #expect(diagnostics.map(\.code) == [code])
    }

    @Test func `offsets in a decoded text lead back to the file`() throws {
        let text = "k: \"a\\u00e9b\\\n   c\"\nl: |\n  x\n\n   y\nm: >-\n  p\n  q\no: 'i''j'"
        let (root, _) = YAMLReader.read(SourceFile(path: "a.yaml", text: text))
        let root1 = try #require(root)
        let file = Array(text.utf8)
        for name in ["k", "l", "m", "o"] {
            let scalar = try #require(root1[name]?.scalar)
            for (offset, byte) in scalar.text.utf8.enumerated() {
                let source = file[scalar.sourceOffset(of: offset)]
                // Letters stand for themselves; others came from an escape or a line break.
                if byte < 0x80, byte >= 0x61 { #expect(source == byte) }
            }
            let whole = scalar.sourceRange(of: 0..<scalar.text.utf8.count)
            #expect(whole.lowerBound >= root1[name]?.span.range.lowerBound ?? 0)
            #expect(whole.upperBound <= root1[name]?.span.range.upperBound ?? 0)
        }
        let k = try #require(root1["k"]?.scalar)
        #expect(k.text == "a\u{e9}bc")
        #expect(k.sourceRange(of: 1..<3) == 5..<11)
        #expect(k.sourceOffset(of: 2) == 5)
        #expect(k.sourceRange(of: 3..<5) == 11..<18)
        #expect(k.sourceOffset(of: 5) == 18)
        #expect(k.sourceOffset(of: 99) == 18)
        #expect(k.sourceOffset(of: -1) == 4)
    }

    @Test func `comments are kept`() {
        let text = "# one\na: b # two\nc: 'd # no'\n"
        let document = YAMLReader.document(SourceFile(path: "a.yaml", text: text))
        let comments = document.comments.map {
            String(decoding: Array(text.utf8)[$0.range], as: UTF8.self)
        }
        #expect(comments == ["# one", "# two"])
    }

    @Test(arguments: [
        ("true", true), ("false", false), ("True", nil), ("yes", nil), ("on", nil), ("'true'", nil),
        ("1", nil), ("[]", nil), ("", nil),
    ])
    func `only true and false are booleans`(_ text: String, _ expected: Bool?) throws {
        let file = SourceFile(path: "a.yaml", text: "a: \(text)")
        let node = try #require(YAMLReader.read(file).root?["a"])
        #expect((try? node.bool()) == expected)
        if expected == nil {
            let error = #expect(throws: Diagnostic.self) { try node.bool() }
            #expect(error?.code == "yaml-type")
            #expect(error?.primary == node.span)
        }
    }

    @Test func `typed accessors say what is due and what to write`() throws {
        let text =
            "a: yes\nb: 1.10\nc: '5'\nd: 9223372036854775808\ne: x\nf: null\ng: -3\nh: {}\ni: [1]"
        let root = try #require(YAMLReader.read(SourceFile(path: "a.yaml", text: text)).root)
        func failure<Value>(_ name: String, _ read: (YAMLNode) throws -> Value) -> String? {
            do {
                _ = try root[name].map(read)
                return nil
            } catch {
                let error = error as? Diagnostic
                return "\(error?.message ?? "") | \(error?.help ?? "")"
            }
        }
        #expect(
            failure("a") { try $0.bool() }
                == "`true` or `false` is due here, not `yes` | write `true`")
        #expect(failure("a") { try $0.string() } == nil)
        #expect(
            failure("b") { try $0.string() }
                == "a text is due here, not `1.10` | quote it: `\"1.10\"`")
        #expect(
            failure("c") { try $0.integer() }
                == "a whole number is due here, not a text | write `5` without quotes")
        #expect(
            failure("d") { try $0.integer() }
                == "a whole number is due here, not `9223372036854775808` | ")
        #expect(failure("e") { try $0.sequence() } == "a list is due here, not `x` | write `[x]`")
        #expect(failure("f") { try $0.string() } == "a text is due here, not `null` | ")
        #expect(
            failure("g") { try $0.integer(in: 0...9) }
                == "`-3` is out of range | write a number from 0 to 9")
        #expect(failure("h") { try $0.string() } == "a text is due here, not a mapping | ")
        #expect(
            failure("i") { try $0.strings() } == "a text is due here, not `1` | quote it: `\"1\"`")
        #expect(failure("g") { try $0.mapping() } == "a mapping is due here, not `-3` | ")
        #expect(try root["g"]?.integer() == -3)
        #expect(try root["b"]?.double() == 1.1)
        #expect(root["f"]?.isNull == true)
        #expect(root["a"]?.scalar?.looksLikeBoolean == true)
    }
}

extension YAMLNode {
    /// This as JSON; every scalar is a string.
    var outline: JSONValue {
        switch content {
        case .scalar(let scalar): .string(scalar.text)
        case .sequence(let elements): .array(elements.map(\.outline))
        case .mapping(let entries):
            .object(JSONObject(entries.map { (name: $0.name, value: $0.value.outline) }))
        }
    }
}
