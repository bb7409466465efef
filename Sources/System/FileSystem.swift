import CSystem

/// Files, read and written whole and within bounds.
package enum FileSystem {
    /// What is known of a file; nil where there is none, or none that we may see.
    package static func facts(_ path: String, followsLinks: Bool = true) -> FileFacts? {
        var facts = gatehouse_file_facts()
        guard unsafe gatehouse_facts_of_path(path, followsLinks ? 1 : 0, &facts) >= 0 else {
            return nil
        }
        return FileFacts(facts)
    }

    /// Removes a file; whether it was there and could be removed.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        unsafe gatehouse_unlink(path) >= 0
    }

    /// Reads a regular file whole.
    ///
    /// - Throws: when it is longer than `maxBytes`, also when it grows while it is read.
    package static func read(_ path: String, maxBytes: Int) throws(FileFailure) -> [UInt8] {
        let answer = unsafe gatehouse_open(path, gatehouse_open_read, 0)
        guard let file = Descriptor(answer: answer) else {
            throw FileFailure(answer, call: "open", path: path)
        }
        return try read(file, path: path, maxBytes: maxBytes)
    }

    /// Reads a regular file whole, with what the file system says of this very file. A link in its
    /// place is refused, whatever it leads to.
    ///
    /// - Throws: as `read` does.
    package static func readItself(
        _ path: String, maxBytes: Int
    ) throws(FileFailure) -> (bytes: [UInt8], facts: FileFacts) {
        let answer = unsafe gatehouse_open(path, gatehouse_open_read_itself, 0)
        guard let file = Descriptor(answer: answer) else {
            throw FileFailure(answer, call: "open", path: path)
        }
        var facts = gatehouse_file_facts()
        try check(unsafe gatehouse_facts_of_descriptor(file.number, &facts), "fstat", path)
        return (try read(file, path: path, maxBytes: maxBytes), FileFacts(facts))
    }

    /// Writes a file so that a reader sees either the old content or the new one, also after a crash:
    /// a file beside it is written, synced and renamed over it, and the directory is synced.
    ///
    /// - Parameter mode: the permission bits, set exactly; `0o600` for what holds a secret.
    package static func writeAtomically(
        _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644
    ) throws(FileFailure) {
        let (folder, name) = split(path)
        guard !name.isEmpty else { throw .notRegular(path) }
        var temporary = ""
        let file = try createBeside(folder: folder, name: name, path: &temporary)
        do {
            try write(file, bytes, path: temporary)
            // The mode set at creation is cut by the umask; nobody could read the file before.
            try check(gatehouse_set_mode(file.number, mode), "fchmod", temporary)
            try check(gatehouse_sync(file.number), "fsync", temporary)
            try check(unsafe gatehouse_rename(temporary, path), "rename", path)
        } catch {
            remove(temporary)
            throw error
        }
        let answer = unsafe gatehouse_open(folder, gatehouse_open_directory, 0)
        guard let directory = Descriptor(answer: answer) else {
            throw FileFailure(answer, call: "open", path: folder)
        }
        try check(gatehouse_sync(directory.number), "fsync", folder)
    }

    /// Makes a directory and those above it, where they do not exist.
    package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(FileFailure) {
        guard !path.isEmpty, facts(path)?.isDirectory != true else { return }
        let folder = split(path).folder
        if folder != path, folder != "." { try makeDirectories(folder, mode: mode) }
        let answer = unsafe gatehouse_make_directory(path, mode)
        guard answer < 0, facts(path)?.isDirectory != true else { return }
        throw FileFailure(answer, call: "mkdir", path: path)
    }

    /// Reads an open file; `path` is for messages.
    static func read(
        _ file: borrowing Descriptor, path: String, maxBytes: Int
    ) throws(FileFailure) -> [UInt8] {
        var facts = gatehouse_file_facts()
        try check(unsafe gatehouse_facts_of_descriptor(file.number, &facts), "fstat", path)
        guard facts.is_regular != 0 else { throw .notRegular(path) }
        let maxBytes = max(maxBytes, 0)
        guard facts.size <= maxBytes else { throw .tooLarge(path, maxBytes: maxBytes) }
        var bytes: [UInt8] = []
        // One byte more than the size tells in one read whether the file is over.
        var step = Int(facts.size) + 1
        while true {
            let before = bytes.count
            var failure = 0
            bytes.append(contentsOf: repeatElement(0, count: step))
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[before...])
                return unsafe gatehouse_read(file.number, target.baseAddress, target.count)
            }
            if count < 0 { failure = count }
            bytes.removeLast(step - max(count, 0))
            try check(failure, "read", path)
            if count == 0 { return bytes }
            guard bytes.count <= maxBytes else { throw .tooLarge(path, maxBytes: maxBytes) }
            step = 4096
        }
    }

    private static func write(
        _ file: borrowing Descriptor, _ bytes: [UInt8], path: String
    ) throws(FileFailure) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes { rest in
                unsafe gatehouse_write(file.number, rest.baseAddress, rest.count)
            }
            try check(count, "write", path)
            offset += count
        }
    }

    private static func createBeside(
        folder: String, name: String, path: inout String
    ) throws(FileFailure) -> Descriptor {
        var attempts = 0
        while true {
            path = "\(folder)/.\(name).\(String(UInt32.random(in: 0 ... .max), radix: 36)).tmp"
            let answer = unsafe gatehouse_open(path, gatehouse_open_create, 0o600)
            if let file = Descriptor(answer: answer) { return file }
            attempts += 1
            guard answer == -Int(EEXIST), attempts < 16 else {
                throw FileFailure(answer, call: "open", path: path)
            }
        }
    }

    /// The directory of a path and the last name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    static func check(_ answer: Int, _ call: String, _ path: String) throws(FileFailure) {
        guard answer < 0 else { return }
        throw FileFailure(answer, call: call, path: path)
    }
}
