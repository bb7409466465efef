import Documents
import Testing

@Suite struct DiagnosticRendererTests {
    private func span(_ part: String, of file: SourceFile, after: String = "") -> SourceSpan {
        let text = String(decoding: file.bytes, as: UTF8.self)
        let start = text.firstRange(of: after)?.upperBound ?? text.startIndex
        let range = text[start...].firstRange(of: part) ?? start..<start
        let lower = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
        return SourceSpan(path: file.path, range: lower..<lower + part.utf8.count)
    }

    @Test func `the example of the style guide comes out as it stands there`() {
        let text = String(repeating: "\n", count: 40) + "    allow: write:project\n"
        let file = SourceFile(path: "policies/routes/projects.yaml", text: text)
        let diagnostic = Diagnostic.error(
            "unknown-permission", "no permission `write:project`",
            at: span("write:project", of: file),
            label: "not among the permissions of policies/vocabulary.yaml",
            help: "did you mean `write:projects`?")
        #expect(
            DiagnosticRenderer(files: [file]).text([diagnostic]) == """
                error[unknown-permission]: no permission `write:project`
                  --> policies/routes/projects.yaml:41:12
                   |
                41 |     allow: write:project
                   |            ^^^^^^^^^^^^^ not among the permissions of policies/vocabulary.yaml
                   = help: did you mean `write:projects`?

                """)
    }

    @Test func `several places of a line are marked and named, nearest text last`() {
        let file = SourceFile(
            path: "b.yaml", text: "amount: int\nwhen: facts.amount <= \"10000\"\n")
        let diagnostic = Diagnostic.error(
            "type", "`<=` compares int with string", at: span("<=", of: file),
            labels: [
                Diagnostic.Label(span("facts.amount", of: file), "int"),
                Diagnostic.Label(span("\"10000\"", of: file), "string"),
            ],
            notes: ["facts.amount is declared at line 1", "write 10000\nwithout quotes"])
        #expect(
            DiagnosticRenderer(files: [file]).text([diagnostic]) == """
                error[type]: `<=` compares int with string
                  --> b.yaml:2:20
                   |
                 2 | when: facts.amount <= "10000"
                   |       ------------ ^^ ------- string
                   |       int
                   = facts.amount is declared at line 1
                   = write 10000
                     without quotes

                """)
    }

    @Test func `places in other lines and files get lines of their own`() {
        let one = SourceFile(path: "one.yaml", text: "a: 1\nb: 2\nc: 3\nd: 4\n")
        let two = SourceFile(path: "two.yaml", text: "x: y\n")
        let diagnostic = Diagnostic(
            .warning, code: "conflict", message: "two routes", primary: span("d", of: one),
            labels: [
                Diagnostic.Label(span("a", of: one), "here too"),
                Diagnostic.Label(span("y", of: two), "and there"),
                Diagnostic.Label(SourceSpan(path: "gone.yaml", range: 3..<5), "and here"),
            ])
        #expect(
            DiagnosticRenderer(files: [one, two]).text([diagnostic]) == """
                warning[conflict]: two routes
                  --> one.yaml:4:1
                   |
                 1 | a: 1
                   | - here too
                ...
                 4 | d: 4
                   | ^
                  --> two.yaml:1:4
                   |
                 1 | x: y
                   |    - and there
                  --> gone.yaml   and here

                """)
    }

    @Test func `columns count scalars, carets stand under what is seen`() {
        let file = SourceFile(path: "w.yaml", text: "\t\u{65e5}\u{672c}e\u{301}: \u{1f600}x\r\n")
        let diagnostic = Diagnostic.error("c", "m", at: span("x", of: file))
        #expect(
            DiagnosticRenderer(files: [file]).text([diagnostic]) == """
                error[c]: m
                  --> w.yaml:1:9
                   |
                 1 |     \u{65e5}\u{672c}e\u{301}: \u{1f600}x
                   |              ^

                """)
    }

    @Test func `what would move a cursor or reorder a line is shown as a sign`() {
        let file = SourceFile(path: "e\u{1b}.yaml", text: "a: \u{1b}[31m\u{202e}b\n")
        let diagnostic = Diagnostic.error(
            "c", "key `\u{1b}]0;x\u{7}`\r\n", at: span("b", of: file), label: "\u{9b}",
            notes: ["\u{2066}"], help: "\u{7f}")
        let text = DiagnosticRenderer(files: [file]).text([diagnostic])
        let visible = text.unicodeScalars.filter { $0 != "\n" }
        #expect(visible.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
        #expect(!visible.contains { "\u{202e}\u{2066}".unicodeScalars.contains($0) })
        #expect(text.split(separator: "\n").count == 7)
    }

    @Test func `of a long line only the surroundings are shown`() {
        let text = "k: [" + String(repeating: "\u{e9}, ", count: 100_000) + "X]"
        let file = SourceFile(path: "l.yaml", text: text)
        let end = text.utf8.count - 2
        let places = [4..<6, 100_001..<100_003, end..<end + 1]
        for range in places {
            let diagnostic = Diagnostic.error(
                "c", "m", at: SourceSpan(path: "l.yaml", range: range))
            let lines = DiagnosticRenderer(files: [file]).text([diagnostic]).split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines.allSatisfy { $0.unicodeScalars.count < 200 })
            let caret = lines[4].unicodeScalars.count
            let shown = Array(lines[3].unicodeScalars)
            #expect(caret <= shown.count)
            if range.lowerBound == end { #expect(shown[caret - 1] == "X") }
        }
        let last = DiagnosticRenderer(files: [file])
            .place(SourceSpan(path: "l.yaml", range: end..<end))
        #expect(last == "l.yaml:1:300005")
    }

    @Test func `messages are ordered by place and not repeated`() {
        let one = SourceFile(path: "a.yaml", text: "x: y\nz: w\n")
        let two = SourceFile(path: "b.yaml", text: "x: y\n")
        let none = Diagnostic(.note, code: "n", message: "no place")
        let first = Diagnostic.error("e", "first", at: span("x", of: one))
        let second = Diagnostic.warning("e", "same place", at: span("x", of: one))
        let third = Diagnostic.error("e", "later", at: span("w", of: one))
        let other = Diagnostic.error("e", "other file", at: span("x", of: two))
        let renderer = DiagnosticRenderer(files: [one, two])
        let given = [other, third, first, second, first, none, none]
        #expect(renderer.sorted(given) == [none, first, second, third, other])
        #expect(renderer.summary(given) == "3 errors, 1 warning, 1 note")
        #expect(renderer.summary([]) == "")
        #expect(renderer.text([]) == "")
        #expect([none, second].containsError == false)
        #expect(given.containsError)
    }

    @Test func `places outside of a file are shown at its end`() {
        let file = SourceFile(path: "a.yaml", text: "ab")
        for range in [2..<2, 2..<9, 7..<9, 0..<0] {
            let diagnostic = Diagnostic.error(
                "c", "m", at: SourceSpan(path: "a.yaml", range: range))
            let text = DiagnosticRenderer(files: [file]).text([diagnostic])
            #expect(text.contains(" 1 | ab\n   | "))
        }
    }

    @Test func `the form for programs has the same fields`() throws {
        let file = SourceFile(path: "a.yaml", text: "\u{e9}: b\n  c\n")
        let diagnostic = Diagnostic.error(
            "code", "m \"q\"", at: SourceSpan(path: "a.yaml", range: 4..<9), label: "l",
            labels: [Diagnostic.Label(SourceSpan(path: "gone", range: 1..<2), "t")],
            notes: ["n"], help: "h")
        let json = DiagnosticRenderer(files: [file]).json([diagnostic])
        let value = try JSONReader.read(text: json)
        #expect(
            value == [
                "diagnostics": [
                    [
                        "severity": "error", "code": "code", "message": "m \"q\"",
                        "place": [
                            "path": "a.yaml", "line": 1, "column": 4, "end_line": 2,
                            "end_column": 4, "start": 4, "end": 9,
                        ],
                        "label": "l",
                        "labels": [["path": "gone", "start": 1, "end": 2, "text": "t"]],
                        "notes": ["n"], "help": "h",
                    ]
                ],
                "errors": 1, "warnings": 0, "notes": 0,
            ])
    }
}
