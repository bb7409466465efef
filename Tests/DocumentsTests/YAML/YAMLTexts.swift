/// Texts with a known fate.
enum YAMLTexts {
    /// Read by us and by the oracle, alike.
    static let accepted: [String] =
        blocks + scalars + [
            "[a, b]", "{a: b}", "[]", "{}", "[[], {}]", "{a: [], b: {}}", "[a,]", "{a: b,}",
            "[ a , b ]", "{ a : b }", "[\na,\nb\n]", "a: [b,\n c] # d", "[a b, c]",
            "{\"a\":1,\"b\":[true,null]}", "{\"a\": \"b\\/c\"}", "[\"a\",'b']", "[a#b, c]",
            "{a: 'b', \"c\": d}", "- [a]\n- {b: c}", "[a] # b", "{a: http://x/y}", "[a:b]",
            "[-1, -a, --]", "{a: -b}", "[\"a\" , 'b' ]", "[a\n,b]", "{a:\n  b}", "{\"a\"\t:\t1}",
            "[1,\t2]", "[\n\t1\n]",
        ]

    private static let blocks = [
        "a: b", "a: b\nc: d", "a:\n  b: c", "a:\n  - b", "a:\n- b", "- a\n- b", "- - a\n  - b",
        "- a: b\n  c: d", "-\n  a: b", "- a:\n  - b\n  c: d", "a:\n\n\n  b", "a:\n# c\n  b", "a:",
        "a:\nb:", "-\n-", "- a\n-\n- b", "a:\n  b:\nc:", "---\na: b", "--- # c\na: b", "a: b\n...",
        "a: b\n... # c\n# d", "# c\n\na: b\n\n# d", "a: b # c", "a: b#c", "  a: b\n  c: d",
        " - a\n - b",
        "a:\n    b: c\n    d: e\nf: g", "a: b\r\nc: d\r\n", "a: b\n\n\n", "\n\na: b", "- - - a",
        "-   a: b\n    c: d", "a:\n- b: c\n  d: e\n- f", "a : b", "a  :  b", "a: -b",
    ]

    private static let scalars = [
        "a", "a b", "a\nb", "a\n\nb", "a: b\n c", "a: b\n\n c\n d", "a:\n  b\n  c", "- a\n  b",
        "a: b\n  c # d", "a: b\n  # d", "'a'", "\"a\"", "''", "\"\"", "'a''b'", "\"a\\\"b\"",
        "'a\n\n b'",
        "\"a\\n\\t\\x41\\u0042\\U00000043\"", "\"a\\\n  b\"", "\"a \\\n\n  b\"", "\"a  \n  b\"",
        "a: 'b\n  c'", "a: \"b\n\n\n  c\"", "\"\\N\\_\\L\\P\\e\\a\\b\\v\\f\\r\"", "a: |\n  b",
        "a: |\n  b\n",
        "a: |-\n  b\n\n", "a: |+\n  b\n\n", "a: |\n\n  b\n", "a: |\n  b\n   c\n\n  d\n",
        "a: >\n  b\n  c\n", "a: >\n  b\n\n  c\n", "a: >\n  b\n   c\n  d\n", "a: >\n\n\n  b\n",
        "a: >\n  b\n\n   c\n\n  d\n", "a: >-\n  b\n  c", "a: >+\n  b\n\n\n", "a: |2\n   b\n  c\n",
        "a: |-2\n  b", "a: |2-\n  b", "a: |\nb: c", "a: |+\n\n\nb: c", "a: |\n\n\nb: c",
        "a: >\n\nb: c",
        "- |\n a\n- b", "a:\n- |\n b\n", "a: | # c\n  # b\n", "a: |\n  b\n # c\nd: e",
        "a: |\n  b\n  \n",
        "a: |\n  b\n   \n", "a: |\n  b\n  ", "a: |\n  b\n    ", "a: >\n  b\n  \tc\n  d\n", "|\n a",
        ">\n a\n b\n",
        "a: http://b:c/d", "a: b:c",
        "a: x[b", "a: b, c", "a: b]", "a: b}", "a: b{c}", "a: 'b' # c",
        "a: ''", "\"a\": 'b'", "'a' : b", "a: -1", "a: 1e3", "a: yes", "a: ~", "a: <<", "a: =",
        "a: b'c'",
        "a: <b", "a: b - c", "a: b & c", "a: b * c", "a: b ! c", "a: x ? y", "a: a? b", "a: ::b",
        "a: :b",
        "a: ?b", "a: --- b", "a: ...", "a: 'b\\c'", "a: \"it's\"", "a: 'b\"c'", "a: |\n     ",
        "a: \"\\ud83d\\ude00\"", "é: à\n日本: 😀",
        "a: b\n  [c", "a: b\n  \"c", "a: b\n  &c", "a: b\n  %c", "a: |\n  - b\n  c: d\n",
    ]

    /// Refused by us although the oracle reads them: each is a choice that `Documents.md` names.
    static let stricter: [(text: String, code: String)] = [
        ("a: &b c", "yaml-anchor"), ("a: &b c\nd: *b", "yaml-alias"), ("a: !!str b", "yaml-tag"),
        ("a: !b c", "yaml-tag"), ("%YAML 1.1\n---\na: b", "yaml-directive"),
        ("--- a", "yaml-documents"),
        ("a: b\na: c", "yaml-duplicate-key"), ("<<: b", "yaml-merge-key"), ("on: b", "yaml-key"),
        ("1: b", "yaml-key"), ("? a\n: b", "yaml-key"), ("[a]: b", "yaml-key"),
        ("~: b", "yaml-key"),
        ("a: 017", "yaml-number"), ("a: 1:30", "yaml-number"),
        ("a: 0x1F", "yaml-number"), ("a: 1_0", "yaml-number"), ("a: +1", "yaml-number"),
        ("[a: b]", "yaml-flow"), ("{a}", "yaml-flow"), ("{a: }", "yaml-flow"),
        ("[a\n b]", "yaml-flow"),
        ("a: b\n  - c", "yaml-indentation"), ("a: \"b\nc\"", "yaml-quote"),
        ("a: [b,\nc]", "yaml-flow"),
        ("a: \"\\0\"", "yaml-escape"), ("a: \u{202E}b", "yaml-control"),
        ("a: 'b\u{2028} c'", "yaml-control"),
        ("\u{FEFF}a: b", "yaml-bom"), ("a: \"\\ud800\"", "yaml-escape"),
        ("a: b\rc: d", "yaml-control"),
    ]
}
