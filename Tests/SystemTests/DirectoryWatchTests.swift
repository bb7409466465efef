import System
import TestSupport
import Testing

/// Collects the changes that a watch tells, and waits for them on a thread of its own.
private final class Changes: Sendable {
    private let told = Mailbox<Bool>(capacity: 1000)
    private let waiting: ThreadConfined<Void>

    init() throws { waiting = try ThreadConfined(name: "changes", capacity: 8) }

    func tell() { _ = told.send(true) }

    /// Returns once a change was told that no earlier call has returned for.
    func next() async throws {
        let told = told
        _ = try await waiting.run { _ in told.receive() }
    }
}

@Suite struct DirectoryWatchTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("root/a.yaml", "1")
        try directory.write("root/sub/b.yaml", "1")
    }

    private func watching(
        usesPolling: Bool = false, _ body: (Changes) async throws -> Void
    ) async throws {
        let changes = try Changes()
        let watch = try DirectoryWatch(
            directory("root"), quiet: .milliseconds(10), usesPolling: usesPolling
        ) { changes.tell() }
        try await body(changes)
        await watch.stop()
    }

    @Test(arguments: [false, true])
    func `a file saved in place is told`(usesPolling: Bool) async throws {
        try await watching(usesPolling: usesPolling) { changes in
            try directory.write("root/a.yaml", "22")
            try await changes.next()
            try directory.write("root/sub/b.yaml", "22")
            try await changes.next()
        }
    }

    @Test(arguments: [false, true])
    func `a file renamed over the old one is told`(usesPolling: Bool) async throws {
        try await watching(usesPolling: usesPolling) { changes in
            try directory.write("root/.a.yaml.tmp", "1")
            try directory.rename("root/.a.yaml.tmp", to: "root/a.yaml")
            try await changes.next()
        }
    }

    @Test func `files and directories that come and go are told`() async throws {
        try await watching { changes in
            try directory.write("root/c.yaml", "1")
            try await changes.next()
            FileSystem.remove(directory("root/c.yaml"))
            try await changes.next()
            try directory.makeDirectory("root/new")
            try await changes.next()
            try directory.write("root/new/d.yaml", "1")
            try await changes.next()
        }
    }

    @Test(arguments: [false, true])
    func `the links of a Kubernetes mount being swapped are told`(usesPolling: Bool) async throws {
        try directory.write("root/..1/k.yaml", "one")
        try directory.link("root/..data", to: "..1")
        try directory.link("root/k.yaml", to: "..data/k.yaml")
        try await watching(usesPolling: usesPolling) { changes in
            try directory.write("root/..2/k.yaml", "two")
            try directory.link("root/..data_tmp", to: "..2")
            try directory.rename("root/..data_tmp", to: "root/..data")
            try await changes.next()
            let files = try DirectoryTree(directory("root")).files { $0 == "k.yaml" }
            #expect(files.first?.bytes == Array("two".utf8))
        }
    }

    @Test func `a directory that was replaced is told, and watched from then on`() async throws {
        try directory.write("next/z.yaml", "1")
        try await watching { changes in
            try directory.rename("root", to: "old")
            try directory.rename("next", to: "root")
            try await changes.next()
            try directory.write("root/z.yaml", "22")
            try await changes.next()
        }
    }

    @Test func `a directory that comes into being later is told`() async throws {
        try directory.rename("root", to: "elsewhere")
        try await watching { changes in
            try directory.rename("elsewhere", to: "root")
            try await changes.next()
        }
    }

    @Test func `changes are a sequence too`() async throws {
        let changes = try DirectoryWatch.changes(of: directory("root"), quiet: .milliseconds(10))
        try directory.write("root/a.yaml", "333")
        for await _ in changes { break }
    }
}
