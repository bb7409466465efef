import System
import TestSupport
import Testing

@Suite struct FileSystemTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [0, 1, 4095, 4096, 70_000])
    func `what was written is read`(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        try FileSystem.writeAtomically(directory("a"), bytes)
        #expect(try FileSystem.read(directory("a"), maxBytes: size) == bytes)
    }

    @Test func `a file longer than allowed is refused`() throws {
        try directory.write("a", "12345")
        #expect(throws: FileFailure.tooLarge(directory("a"), maxBytes: 4)) {
            try FileSystem.read(directory("a"), maxBytes: 4)
        }
    }

    @Test func `a device that never ends is refused, and so is a directory`() throws {
        #expect(throws: FileFailure.notRegular("/dev/zero")) {
            try FileSystem.read("/dev/zero", maxBytes: 10)
        }
        #expect(throws: FileFailure.notRegular(directory.path)) {
            try FileSystem.read(directory.path, maxBytes: 10)
        }
    }

    @Test func `the file itself is read with its facts, and never through a link`() throws {
        try FileSystem.writeAtomically(directory("a"), [1, 2], mode: 0o600)
        let (bytes, facts) = try FileSystem.readItself(directory("a"), maxBytes: 2)
        #expect(bytes == [1, 2])
        #expect(facts.mode == 0o600 && facts.isRegular && facts.isOurs)
        try directory.link("b", to: directory("a"))
        #expect(throws: FileFailure.self) {
            try FileSystem.readItself(directory("b"), maxBytes: 2)
        }
        #expect(throws: FileFailure.tooLarge(directory("a"), maxBytes: 1)) {
            try FileSystem.readItself(directory("a"), maxBytes: 1)
        }
    }

    @Test func `a file that says it is empty stays within the bound too`() throws {
        #expect(throws: FileFailure.tooLarge("/proc/self/status", maxBytes: 10)) {
            try FileSystem.read("/proc/self/status", maxBytes: 10)
        }
        #expect(try FileSystem.read("/proc/self/status", maxBytes: 100_000).count > 10)
    }

    @Test func `what does not exist is not found`() throws {
        #expect(throws: FileFailure.notFound(directory("a"))) {
            try FileSystem.read(directory("a"), maxBytes: 1)
        }
        #expect(throws: FileFailure.self) {
            try FileSystem.writeAtomically(directory("none/a"), [1])
        }
    }

    @Test(arguments: [0o600, 0o644, 0o666] as [UInt32])
    func `a written file has the mode that was asked for`(mode: UInt32) throws {
        try FileSystem.writeAtomically(directory("a"), [1], mode: mode)
        #expect(FileSystem.facts(directory("a"))?.mode == mode)
    }

    @Test func `writing replaces the file and leaves nothing beside it`() throws {
        try directory.write("a", "old")
        let before = FileSystem.facts(directory("a"))?.inode
        try FileSystem.writeAtomically(directory("a"), Array("new".utf8))
        #expect(try FileSystem.read(directory("a"), maxBytes: 3) == Array("new".utf8))
        #expect(FileSystem.facts(directory("a"))?.inode != before)
        // A write that fails at its last step: the target is a directory.
        try directory.makeDirectory("d/x")
        #expect(throws: FileFailure.self) {
            try FileSystem.writeAtomically(directory("d"), [1])
        }
        #expect(try directory.names() == ["a", "d"])
    }

    @Test func `directories are made with those above them`() throws {
        try FileSystem.makeDirectories(directory("a/b/c"))
        try FileSystem.makeDirectories(directory("a/b/c"))
        #expect(FileSystem.facts(directory("a/b/c"))?.isDirectory == true)
        try directory.write("file", "")
        #expect(throws: FileFailure.self) { try FileSystem.makeDirectories(directory("file/x")) }
    }

    @Test func `a path without a name cannot be written`() {
        #expect(throws: FileFailure.self) { try FileSystem.writeAtomically("/", [1]) }
        #expect(throws: FileFailure.self) { try FileSystem.writeAtomically("", [1]) }
    }
}
