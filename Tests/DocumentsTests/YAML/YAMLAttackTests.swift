import Documents
import Testing

/// Bytes made to hurt the reader. What takes more than linear time here would not end.
@Suite struct YAMLAttackTests {
    private func codes(_ text: String) -> [String] {
        let file = SourceFile(path: "a.yaml", text: text)
        let (root, diagnostics) = YAMLReader.read(file)
        #expect((root == nil) == diagnostics.containsError)
        let renderer = DiagnosticRenderer(files: [file])
        let rendered = renderer.text(diagnostics) + renderer.json(diagnostics)
        #expect(rendered.utf8.count < 1_000_000)
        return diagnostics.map(\.code)
    }

    private func many(_ text: String, _ count: Int = 1_000_000) -> String {
        String(repeating: text, count: count / text.utf8.count)
    }

    @Test(arguments: ["[", "{", "[{", "{a: ", "- ", "- - ", "[a, ", "{\"a\": [", "-\n"])
    func `a megabyte of openings ends at the depth limit`(_ opening: String) {
        let codes = codes(many(opening))
        #expect(codes.allSatisfy { $0.hasPrefix("yaml-") })
    }

    @Test func `nesting is refused where it goes beyond the limit and no earlier`() {
        let allowed = many("[", 64) + many("]", 64)
        #expect(codes(allowed) == [])
        #expect(codes("[" + allowed + "]") == ["yaml-depth"])
        let lines = (0..<64).map { many("  ", $0 * 2) + "a:\n" }.joined()
        #expect(codes(lines) == [])
        #expect(codes(lines + many("  ", 128) + "a:\n") == ["yaml-depth"])
        #expect(codes(many("- ", 128) + "a") == [])
        #expect(codes(many("- ", 130) + "a") == ["yaml-depth"])
    }

    @Test func `twenty thousand keys are read`() throws {
        let block = (0..<20_000).map { "key\($0): v\n" }.joined()
        let file = SourceFile(path: "a", text: block)
        #expect(YAMLReader.read(file).root?.entries?.count == 20_000)
        let flow = "{" + (0..<20_000).map { "key\($0): v" }.joined(separator: ",") + "}"
        #expect(
            YAMLReader.read(SourceFile(path: "a", text: flow)).root?.entries?.count == 20_000)
        #expect(codes(block + "key10000: v\n") == ["yaml-duplicate-key"])
    }

    @Test(arguments: [
        "a: \"", "a: '", "a: |\n  ", "a: >\n  ", "a: ", "", "a: \"\\", "[\"", "a: b #", "#", "\"",
        "a: [b, ", "!", "a: &", "a: {", "when: x ",
    ])
    func `huge scalars take linear time, closed or not`(_ start: String) {
        let fillings = [
            "x", " ", "\n", "\n ", "\n\n  y", "\\n", "\\u0041", "''", ": ", " #", "a: b ", ", ",
            "\t",
            "'", "\"", "\\", "é", "? ", "- ", "{x}", "[", "]", "x,", "x:y,", "\r\n", "x: y\n",
            "\u{85}",
        ]
        for filling in fillings {
            _ = codes(start + many(filling, 12_000))
        }
        _ = codes(start + many("\n\n  y", 300_000))
    }

    @Test func `a file beyond the limits is refused unread`() {
        #expect(codes(many("a", 4 << 20)).isEmpty)
        #expect(codes(many("a", (4 << 20) + 1)) == ["yaml-size"])
    }

    @Test func `no more than a hundred errors are kept`() {
        #expect(codes(many("a: *b\n", 6_000)).count == 100)
        #expect(codes(many("\u{1}", 6_000)).count == 100)
        #expect(codes("[" + many("{x},", 6_000) + "]").count == 100)
    }

    @Test func `any bytes are read or refused, and what is read leads back to its bytes`() {
        var generator = YAMLGenerator(seed: 0x5EED_0006)
        for round in 0..<6_000 {
            var bytes: [UInt8] = []
            if generator.random.below(3) == 0 {
                for _ in 0..<generator.random.below(60) {
                    bytes.append(UInt8(truncatingIfNeeded: generator.random.next()))
                }
            } else {
                bytes = Array(generator.document().utf8)
            }
            for _ in 0..<generator.random.below(4) { generator.random.mutate(&bytes) }
            let file = SourceFile(path: "a", bytes: bytes)
            let (root, diagnostics) = YAMLReader.read(file)
            let comment = "round \(round) of seed \(generator.random.seed)"
            #expect((root == nil) == diagnostics.containsError, "\(comment)")
            for diagnostic in diagnostics {
                let range = diagnostic.primary?.range ?? -1..<0
                #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(comment)")
            }
            let renderer = DiagnosticRenderer(files: [file])
            #expect(renderer.text(diagnostics).isEmpty == diagnostics.isEmpty, "\(comment)")
            if let root { check(root, in: bytes, comment) }
        }
    }

    /// Spans lie in the file and in each other; scalars read again from their spans are the same text.
    private func check(_ node: YAMLNode, in bytes: [UInt8], _ comment: String) {
        let range = node.span.range
        #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(comment)")
        switch node.content {
        case .sequence(let elements):
            for element in elements {
                #expect(range.contains(element.span.range), "\(comment)")
                check(element, in: bytes, comment)
            }
        case .mapping(let entries):
            for entry in entries {
                #expect(range.contains(entry.key.span.range), "\(comment)")
                #expect(range.contains(entry.value.span.range), "\(comment)")
                check(entry.key, in: bytes, comment)
                check(entry.value, in: bytes, comment)
            }
        case .scalar(let scalar): check(scalar, range, in: bytes, comment)
        }
    }

    private func check(
        _ scalar: YAMLScalar, _ range: Range<Int>, in bytes: [UInt8], _ comment: String
    ) {
        let text = Array(scalar.text.utf8)
        var previous = 0
        for (offset, byte) in text.enumerated() {
            let source = scalar.sourceOffset(of: offset)
            #expect(source >= previous && range.contains(source), "\(comment)")
            previous = source
            // A byte that is no white space and no result of an escape is the byte at its place.
            if bytes[source] != UInt8(ascii: "\\"), byte > 0x20 {
                #expect(bytes[source] == byte, "\(comment)")
            }
        }
        #expect(range.contains(scalar.sourceRange(of: 0..<text.count)), "\(comment)")
        // Behind `k` a colon or dash is text; at the beginning of a file it is not.
        let isSign = scalar.style == .plain && "?:-".utf8.contains(bytes[range].last ?? 0)
        guard !range.isEmpty, !isSign, !isIndented(bytes[range]) else { return }
        let again = YAMLReader.read(SourceFile(path: "a", bytes: Array(bytes[range])))
        #expect(
            again.root?.scalar?.text.utf8.elementsEqual(scalar.text.utf8) == true,
            "\(comment) \(JSONWriter.text(.string(String(decoding: bytes[range], as: UTF8.self))))")
    }

    /// Whether this is a block scalar whose indentation is given relative to what stood around it.
    private func isIndented(_ bytes: ArraySlice<UInt8>) -> Bool {
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x20 && $0 != 0x0D }
        guard line.first == UInt8(ascii: "|") || line.first == UInt8(ascii: ">") else {
            return false
        }
        return line.contains { $0 >= UInt8(ascii: "1") && $0 <= UInt8(ascii: "9") }
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
