import Testing

@testable import HTTPProxy

@Suite struct HeaderNameSetTests {
    @Test func `a set is asked by normal form, by whole names and by beginnings`() {
        let set = HeaderNameSet(names: ["X-User", "Cookie", "A"], prefixes: ["Gatehouse-"])
        for name in ["x-user", "X_USER", "X.User", "cookie", "a", "gatehouse-", "Gatehouse_x"] {
            #expect(set.contains(name), "\(name)")
        }
        for name in ["x-use", "x-users", "y-user", "b", "gatehouse", "gatehousex", "x", ""] {
            #expect(!set.contains(name), "\(name)")
        }
        #expect(set.knownNames == KnownField.cookie.bit)
        #expect(HeaderNameSet.none.isEmpty && !HeaderNameSet.none.contains("x"))
    }

    @Test func `long names, and many of one length, are told apart`() {
        let long = String(repeating: "a", count: 80)
        let names = (0..<200).map { "x-name-\($0)" } + [long]
        let set = HeaderNameSet(names: names)
        for name in names { #expect(set.contains(name)) }
        #expect(!set.contains("x-name-200") && !set.contains(long + "a"))
    }
}
