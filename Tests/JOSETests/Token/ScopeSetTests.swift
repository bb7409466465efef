import JOSE
import Testing

@Suite struct ScopeSetTests {
    @Test(arguments: [
        ("", []), (" ", []), ("a", ["a"]), ("  b  a ", ["b", "a"]), ("a b a", ["a", "b"]),
        ("a\tb", ["a\tb"]), ("é e\u{301}", ["é", "e\u{301}"]),
    ])
    func `names stand in the order in which they came, each once`(
        _ scope: String, _ names: [String]
    ) {
        let set = ScopeSet(spaceSeparated: scope)
        #expect(set.map { Array($0.utf8) } == names.map { Array($0.utf8) })
        #expect(set.count == names.count)
        #expect(set.isEmpty == names.isEmpty)
        #expect(set.text == names.joined(separator: " "))
    }

    @Test func `a name is found whole and by its bytes`() {
        let set = ScopeSet(spaceSeparated: "billing:read:own superadmin \u{212A}1 é")
        for name in ["billing:read:own", "superadmin", "\u{212A}1", "é"] {
            #expect(set.contains(name))
        }
        for name in [
            "billing:read", "admin", "K1", "e\u{301}", "", " ", "billing:read:own superadmin",
        ] {
            #expect(!set.contains(name))
        }
        #expect(!ScopeSet.empty.contains(""))
    }

    @Test func `sets are equal whatever their order`() {
        #expect(ScopeSet(spaceSeparated: "a b") == ["b", "a"])
        #expect(ScopeSet(spaceSeparated: "a b") != ["a"])
        #expect(ScopeSet(spaceSeparated: "é") != ["e\u{301}"])
        #expect(ScopeSet(spaceSeparated: "") == [])
    }
}
