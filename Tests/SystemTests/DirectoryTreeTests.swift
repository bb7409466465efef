import System
import TestSupport
import Testing

@Suite struct DirectoryTreeTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `files come in the order of the bytes of their paths`() throws {
        for name in ["b.yaml", "a/z.yaml", "a/b/c.yaml", "B.yaml", "a.yaml", "é.yaml"] {
            try directory.write(name, name)
        }
        let files = try DirectoryTree(directory.path).files { $0.hasSuffix(".yaml") }
        let order = ["B.yaml", "a.yaml", "a/b/c.yaml", "a/z.yaml", "b.yaml", "é.yaml"]
        #expect(files.map(\.path) == order)
        #expect(files.allSatisfy { $0.bytes == Array($0.path.utf8) })
    }

    @Test func `names that begin with a dot and names that are not wanted are left out`() throws {
        for name in [".a.yaml.swp", ".git/x.yaml", "notes.txt", "a.yaml"] {
            try directory.write(name, "")
        }
        #expect(try DirectoryTree(directory.path).paths { $0.hasSuffix(".yaml") } == ["a.yaml"])
    }

    @Test(arguments: ["../outside", "/etc/passwd"])
    func `a link out of the directory is refused`(target: String) throws {
        try directory.makeDirectory("root")
        try directory.write("outside", "secret")
        try directory.link("root/a.yaml", to: target)
        let tree = DirectoryTree(directory("root"))
        #expect(throws: FileFailure.leavesRoot(directory("root/a.yaml"))) { try tree.paths() }
        #expect(throws: FileFailure.leavesRoot(directory("root/a.yaml"))) { try tree.files() }
    }

    @Test func `a directory link out of the directory is refused`() throws {
        try directory.write("outside/a.yaml", "secret")
        try directory.makeDirectory("root")
        try directory.link("root/sub", to: "../outside")
        #expect(throws: FileFailure.leavesRoot(directory("root/sub"))) {
            try DirectoryTree(directory("root")).paths()
        }
    }

    @Test func `the links of a Kubernetes mount are followed`() throws {
        try directory.write("..2026_01/a.yaml", "one")
        try directory.link("..data", to: "..2026_01")
        try directory.link("a.yaml", to: "..data/a.yaml")
        let files = try DirectoryTree(directory.path).files()
        #expect(files.map(\.path) == ["a.yaml"])
        #expect(files.first?.bytes == Array("one".utf8))
    }

    @Test func `a link in a circle ends`() throws {
        try directory.makeDirectory("a")
        try directory.link("a/up", to: "..")
        #expect(throws: FileFailure.self) { try DirectoryTree(directory.path).paths() }
        try directory.makeDirectory("b")
        try directory.link("b/self", to: "self")
        #expect(throws: FileFailure.self) { try DirectoryTree(directory("b")).paths() }
    }

    @Test func `too many files, too deep and too large are refused`() throws {
        var limits = DirectoryTree.Limits()
        limits.files = 3
        limits.depth = 2
        limits.fileBytes = 4
        for name in ["1", "2", "3"] { try directory.write(name, "1234") }
        #expect(try DirectoryTree(directory.path, limits: limits).files().count == 3)
        try directory.write("4", "")
        #expect(throws: FileFailure.tooManyFiles(directory.path, limit: 3)) {
            try DirectoryTree(directory.path, limits: limits).paths()
        }
        try directory.makeDirectory("deep/1/2/3")
        #expect(throws: FileFailure.tooDeep(directory("deep/1/2/3"), limit: 2)) {
            try DirectoryTree(directory("deep"), limits: limits).paths()
        }
        try directory.write("large/a", "12345")
        #expect(throws: FileFailure.tooLarge(directory("large/a"), maxBytes: 4)) {
            try DirectoryTree(directory("large"), limits: limits).files()
        }
    }

    @Test func `a name that is not UTF-8 is refused`() throws {
        try directory.makeDirectory("n")
        try directory.makeFile(in: "n", named: [0x61, 0xFF])
        #expect(throws: FileFailure.nameNotText(directory("n/a\u{FFFD}"))) {
            try DirectoryTree(directory("n")).paths()
        }
    }

    @Test func `a directory that does not exist is not found`() throws {
        #expect(throws: FileFailure.notFound(directory("none"))) {
            try DirectoryTree(directory("none")).paths()
        }
    }
}
