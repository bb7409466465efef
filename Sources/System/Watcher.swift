import CSystem

/// The watch of one directory, on its thread: inotify where there is one, and a look at the tree.
struct Watcher: ~Copyable {
    /// Changes that never stop are told after so many quiet times.
    private static var patience: Int { 10 }

    private let path: String
    private let notifier: Descriptor?
    /// Of `notifier`; -1 where there is none.
    private let number: Int32
    private var seen: [Entry] = []

    /// What a change of one file or directory shows in.
    private struct Entry: Equatable {
        let path: String
        let facts: FileFacts?
    }

    init(path: String, usesPolling: Bool) {
        self.path = path
        let answer = usesPolling ? -1 : gatehouse_inotify_create()
        number = Int32(clamping: max(answer, -1))
        notifier = Descriptor(answer: answer)
        addWatches()
        seen = entries()
    }

    /// Waits for a change; true once it was quiet after one, false after a while without one.
    ///
    /// Without an event the tree is still compared now and then: file systems that are shared with
    /// another machine tell nothing, and the directory itself may have been replaced.
    mutating func waitForChange(orWake wake: Int32, quiet: Int32) -> Bool {
        let first = gatehouse_wait_readable(number, wake, number < 0 ? 1000 : 2000)
        guard first & 2 == 0 else { return false }
        guard first & 1 != 0 else { return look() }
        var isCertain = false
        for _ in 0..<Self.patience {
            if readEvents() { isCertain = true }
            let more = gatehouse_wait_readable(number, wake, max(quiet, 1))
            if more & 2 != 0 { return false }
            if more & 1 == 0 { break }
        }
        return look() || isCertain
    }

    /// Whether the tree is another than before. New directories are watched from now on.
    private mutating func look() -> Bool {
        addWatches()
        let now = entries()
        defer { seen = now }
        return now != seen
    }

    /// Asks inotify about every directory of the tree; one that is watched already costs nothing.
    /// What cannot be watched is found by comparing.
    private func addWatches() {
        guard number >= 0 else { return }
        for folder in (try? DirectoryTree(path).folders()) ?? [path] {
            _ = unsafe gatehouse_inotify_add(number, folder)
        }
    }

    /// Takes the events away. True when one concerns a file that a reader would see, so that a change
    /// within one tick of the file system's clock is told too.
    private func readEvents() -> Bool {
        guard number >= 0 else { return false }
        return unsafe withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            var isCertain = false
            while true {
                let count = unsafe gatehouse_read(number, buffer.baseAddress, buffer.count)
                guard count > 0 else { return isCertain }
                var offset = 0
                while offset + 16 < count {
                    let length = unsafe Int(
                        buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                    if length > 0, unsafe buffer[offset + 16] != UInt8(ascii: ".") {
                        isCertain = true
                    }
                    offset += 16 + length
                }
            }
        }
    }

    private func entries() -> [Entry] {
        let tree = DirectoryTree(path)
        // A tree that cannot be read is an entry too: that it became readable is a change.
        guard let folders = try? tree.folders(), let files = try? tree.paths() else {
            return [Entry(path: path, facts: FileSystem.facts(path))]
        }
        let below = files.map { "\(path)/\($0)" }
        return (folders + below).map { Entry(path: $0, facts: FileSystem.facts($0)) }
    }
}
