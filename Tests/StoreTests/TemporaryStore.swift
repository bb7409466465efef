import FoundationEssentials
import Store
import Synchronization

/// A directory for one test, removed with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A file of this directory.
    func file(_ name: String = "gatehouse.db") -> String { path + "/" + name }

    /// The bits of a file's mode.
    func mode(of file: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        return (attributes[.posixPermissions] as? Int) ?? -1
    }

    /// Sets the bits of a file's mode.
    func setMode(_ mode: Int, of file: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    /// The bytes of a file.
    func bytes(of file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: file)))
    }

    /// Replaces a file.
    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(filePath: file))
        try setMode(0o600, of: file)
    }
}

/// Holds a thread until a test lets it go.
final class Gate: Sendable {
    private struct State {
        var isReached = false
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let isOpen = Atomic(false)

    /// Called on the thread that is to be held.
    func pass() {
        let watcher = state.withLock { state in
            state.isReached = true
            defer { state.watcher = nil }
            return state.watcher
        }
        watcher?.resume()
        while !isOpen.load(ordering: .acquiring) {}
    }

    func open() { isOpen.store(true, ordering: .releasing) }

    func untilReached() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if !state.isReached { state.watcher = continuation }
                return state.isReached
            }
            if isReached { continuation.resume() }
        }
    }
}
