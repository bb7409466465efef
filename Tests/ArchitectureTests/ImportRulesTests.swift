import TestSupport
import Testing

@Suite struct ImportRulesTests {
    @Test(arguments: ImportRules.rows.map(\.module))
    func `a module imports only what its row allows`(_ module: String) throws {
        let row = try #require(ImportRules.rows.first { $0.module == module })
        let files = try SourceTree.swiftFiles(under: "Sources/\(module)")
        #expect(!files.isEmpty, "no sources of \(module) were found")
        for file in files {
            #expect(ImportRules.violations(in: file.text, file: file.path, of: row) == [])
        }
    }

    @Test func `every folder of sources has a row`() throws {
        let libraries = ["CSystem", "CLibCrypto", "CLibSSL", "CLibCurl", "CLibNGHTTP2", "CSQLite"]
        let folders = try SourceTree.folders(under: "Sources")
        #expect(Set(folders) == Set(ImportRules.rows.map(\.module) + libraries))
    }

    @Test func `every module has its page`() throws {
        for row in ImportRules.rows {
            let page = try SourceTree.text(of: "Sources/\(row.module)/\(row.module).md")
            #expect(page.hasPrefix("# \(row.module)\n"))
            #expect(page.utf8.count > 300, "\(row.module).md says nothing yet")
        }
    }

    @Test(arguments: ImportRules.rows.map(\.module))
    func `unsafe code stands only where it may`(_ module: String) throws {
        for file in try SourceTree.swiftFiles(under: "Sources/\(module)") {
            let place = String(file.path.dropFirst("Sources/".count))
            if ImportRules.unsafeFolders.contains(where: place.hasPrefix) { continue }
            let isUnsafe = file.text.split(separator: "\n").contains { line in
                let code = line.split(
                    separator: "//", maxSplits: 1, omittingEmptySubsequences: false)
                return code[0].split(whereSeparator: { !$0.isLetter && $0 != "_" && $0 != "@" })
                    .contains { $0 == "unsafe" || $0 == "@unsafe" }
            }
            #expect(!isUnsafe, "\(file.path) holds unsafe code")
        }
    }

    @Test(arguments: [
        "import Glibc", "package import Transport", "@testable import Store",
        "@preconcurrency import CEL",
        "import struct HTTPProxy.Refusal", "import Values; import Logto",
        "  import Outbound // why",
    ])
    func `a forbidden import is found, however it is written`(_ line: String) {
        let row = ImportRules.Row(module: "Documents", allowed: ["Values"])
        #expect(ImportRules.violations(in: "\n" + line, file: "a.swift", of: row).count == 1)
    }

    @Test func `allowed imports and comments are no violations`() {
        let text = """
            // import Glibc
            /// import Store
            import Synchronization
            package import Values
            let important = 1
            """
        let row = ImportRules.Row(module: "Documents", allowed: ["Values"])
        #expect(ImportRules.violations(in: text, file: "a.swift", of: row) == [])
        #expect(ImportRules.imports(in: text).map(\.line) == [3, 4])
    }
}
