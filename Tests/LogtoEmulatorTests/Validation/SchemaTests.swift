import Documents
import Testing

@testable import LogtoEmulator

@Suite struct SchemaTests {
    private func complaints(_ schema: Schema, _ value: JSONValue?) -> [String] {
        var issues: [SchemaIssue] = []
        _ = schema.cleaned(value, issues: &issues)
        return issues.map(\.detail)
    }

    @Test func `every complaint of a body is reported, in the order of the schema`() {
        let schema = Schema.object([
            .required("name", .name(3)), .optional("tags", .list(.text([]), atLeast: 1)),
        ])
        #expect(complaints(schema, ["name": "ok"]).isEmpty)
        #expect(
            complaints(schema, ["tags": [1]]) == [
                "Error in key path \"name\": (invalid_type) Expected string but received "
                    + "undefined.",
                "Error in key path \"tags.0\": (invalid_type) Expected string but received "
                    + "number.",
            ])
        #expect(
            complaints(schema, ["name": "", "tags": []]) == [
                "Error in key path \"name\": (too_small) String must contain at least 1 "
                    + "character(s)",
                "Error in key path \"tags\": (too_small) Array must contain at least 1 element(s)",
            ])
    }

    @Test func `what nobody asked for is dropped`() {
        var issues: [SchemaIssue] = []
        let clean = Schema.object([.optional("a", .number)])
            .cleaned(["b": 1, "a": 2], issues: &issues)
        #expect(clean == ["a": 2])
    }

    @Test func `lengths are counted in UTF-16 units`() {
        #expect(complaints(.name(2), "🍞").isEmpty)
        #expect(complaints(.name(3), "🍞🍞").count == 1)
    }

    @Test func `of alternatives the broken rule is told, otherwise that none fits`() {
        let schema = Schema.either([.text([.atLeast(5)]), .literal("")])
        #expect(complaints(schema, "").isEmpty)
        #expect(complaints(schema, "abc").first?.contains("(too_small)") == true)
        #expect(complaints(schema, 1).first?.contains("(invalid_union)") == true)
    }

    @Test(arguments: [
        ("https://x.example/a", true), ("javascript:alert(1)", true), ("x.png", false),
        ("", false), ("https://", false), ("http://a b", false),
    ])
    func `addresses are absolute, of any scheme`(_ text: String, _ isTaken: Bool) {
        #expect(complaints(.text([.url]), .string(text)).isEmpty == isTaken)
    }
}
