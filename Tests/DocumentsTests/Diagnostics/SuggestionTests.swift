import Documents
import Testing

@Suite struct SuggestionTests {
    @Test(
        arguments: [
            ("write:project", ["read:projects", "write:projects"], "write:projects"),
            ("alow", ["deny", "allow"], "allow"), ("lalow", ["allow"], "allow"),
            ("Allow", ["allows", "allow"], "allow"), ("when", ["then", "when"], "when"),
            ("xyz", ["allow", "deny"], nil), ("", ["a"], nil), ("a", [], nil), ("a", [""], nil),
            ("ab", ["ba"], "ba"), ("caf\u{e9}", ["cafe\u{301}"], nil), ("q", ["when"], nil),
        ] as [(String, [String], String?)])
    func `the nearest name is suggested if it is near enough`(
        _ name: String, _ candidates: [String], _ expected: String?
    ) {
        #expect(Suggestion.nearest(to: name, among: candidates) == expected)
    }
}
