import FoundationEssentials
import HTTPProxy
import PolicyEngine
import SelfService
import TestSupport
import Testing
import Values

@testable import Gateway

@Suite struct ErrorPageTests {
    private static let path = "docs/errors.md"

    /// `UPDATE_CASES=1` writes the page; the review reads the difference.
    @Test func `the page of errors says what the gateway answers`() throws {
        let page = ErrorPage.text
        if ProcessInfo.processInfo.environment["UPDATE_CASES"] == "1" {
            try Data(page.utf8).write(to: URL(filePath: "\(SourceTree.root)/\(Self.path)"))
        }
        #expect(try SourceTree.text(of: Self.path) == page)
    }

    @Test func `every text for people is there, and a code has its form`() {
        for row in ErrorPage.sections.flatMap(\.rows) {
            #expect(row.code.allSatisfy { $0.isLowercase || $0 == "-" }, "\(row.code)")
            #expect((400..<600).contains(row.status), "\(row.code)")
            #expect(!row.title.isEmpty, "\(row.code)")
        }
    }

    @Test func `no case is listed twice`() {
        for section in ErrorPage.sections {
            let keys = section.rows.map { "\($0.code) \($0.status) \($0.title)" }
            #expect(Set(keys).count == keys.count, "\(section.title)")
        }
    }
}
