import Testing

@testable import LogtoEmulator

@Suite struct QueryTests {
    @Test(arguments: [
        ("a=1&b=x+y", "a=1&b=x+y"), ("q=%C3%A9%zz", "q=%C3%A9%25zz"), ("q", "q="),
        ("&&a=1&", "a=1"), ("q=%ff", "q=%EF%BF%BD"), ("q[]=1", "q%5B%5D=1"),
    ])
    func `a query is read and written as a browser does`(_ text: String, _ wanted: String) {
        #expect(QueryString(text).text == wanted)
    }

    @Test(arguments: [
        ("1", 1.0), ("01", 1), (" 1 ", 1), ("1.", 1), ("1.5", 1.5), ("0x10", 16), ("1e2", 100),
        ("+1", 1),
    ])
    func `a number is what JavaScript makes of it`(_ text: String, _ wanted: Double) {
        #expect(Pagination.scriptNumber(text) == wanted)
    }

    @Test(arguments: ["a", "1;2", "1#x", "١", "0x", "--1", "1e", "nan", "inf"])
    func `what JavaScript calls no number is none`(_ text: String) {
        #expect(Pagination.scriptNumber(text) == nil)
    }

    @Test(arguments: [
        "page=0", "page=-1", "page=a", "page_size=101", "page_size=0", "page=1&page=1",
    ])
    func `a wrong page is refused`(_ query: String) {
        #expect(throws: LogtoProblem.self) { try Pagination(QueryString(query)) }
    }

    @Test func `a page is cut out and linked`() throws {
        let page = try #require(try Pagination(QueryString("page=2&page_size=3")))
        #expect(Array(page.slice([1, 2, 3, 4, 5, 6, 7])) == [4, 5, 6])
        let links = page.links(
            total: 7, address: "http://h/x", query: QueryString("page=2&page_size=3"))
        #expect(
            links == [
                "<http://h/x?page=1&page_size=3>; rel=\"first\"",
                "<http://h/x?page=1&page_size=3>; rel=\"prev\"",
                "<http://h/x?page=3&page_size=3>; rel=\"last\"",
                "<http://h/x?page=3&page_size=3>; rel=\"next\"",
            ])
        let far = try #require(try Pagination(QueryString("page=1e14")))
        #expect(far.slice([1]).isEmpty)
    }

    @Test(arguments: [
        ("a%", "Abc", true), ("_b_", "abc", true), ("b", "abc", false), ("%", "", true),
        ("100\\%", "100%", true), ("100\\%", "1000", false), ("é", "e\u{301}", false),
        ("%a%b%", "xxaxxbxx", true),
    ])
    func `a pattern of the database`(_ pattern: String, _ text: String, _ fits: Bool) {
        #expect(LikePattern(pattern).matches(text) == fits)
    }
}
