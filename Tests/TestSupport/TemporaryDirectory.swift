import Glibc

/// A directory of its own for one test, removed with everything in it when the test lets go of it.
package final class TemporaryDirectory: Sendable {
    /// The directory, absolute and without links.
    package let path: String

    /// Makes the directory.
    package init() throws {
        var template = Array("/tmp/gatehouse-test-XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else {
            throw RawClient.Failure.other(call: "mkdtemp", errno: errno)
        }
        path = unsafe String(cString: made)
    }

    deinit { Self.remove(Array(path.utf8CString)) }

    /// The path of something in the directory.
    package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in place, as a simple editor does; makes the directories above it.
    package func write(_ name: String, _ text: String) throws {
        if let slash = name.lastIndex(of: "/") { try makeDirectory(String(name[..<slash])) }
        guard let file = unsafe fopen(self(name), "w") else {
            throw RawClient.Failure.other(call: "fopen", errno: errno)
        }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }

    /// Makes a directory and those above it.
    package func makeDirectory(_ name: String) throws {
        if let slash = name.lastIndex(of: "/") { try makeDirectory(String(name[..<slash])) }
        guard unsafe mkdir(self(name), 0o755) == 0 || errno == EEXIST else {
            throw RawClient.Failure.other(call: "mkdir", errno: errno)
        }
    }

    /// Makes a symbolic link.
    package func link(_ name: String, to target: String) throws {
        guard unsafe symlink(target, self(name)) == 0 else {
            throw RawClient.Failure.other(call: "symlink", errno: errno)
        }
    }

    /// Renames something over something else.
    package func rename(_ name: String, to other: String) throws {
        guard unsafe Glibc.rename(self(name), self(other)) == 0 else {
            throw RawClient.Failure.other(call: "rename", errno: errno)
        }
    }

    /// The names in the directory, sorted; those that begin with a dot included.
    package func names() throws -> [String] {
        Self.names(in: Array(path.utf8CString)).map { name in
            String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        .sorted()
    }

    /// Makes an empty file whose name may be no text.
    package func makeFile(in folder: String, named name: [UInt8]) throws {
        let path = Array(self(folder).utf8CString.dropLast()) + [Self.slash]
        guard
            let file = unsafe fopen(path + name.map { CChar(bitPattern: $0) } + [0], "w")
        else { throw RawClient.Failure.other(call: "fopen", errno: errno) }
        unsafe fclose(file)
    }

    /// Leaves a socket's file behind, as a process does that was killed.
    package func leaveSocket(_ name: String) throws {
        _ = close(try BlockingSocket.bound(path: self(name)))
    }

    private static let slash = CChar(bitPattern: UInt8(ascii: "/"))

    /// The names in a directory, as bytes: they need not be text.
    private static func names(in path: [CChar]) -> [[CChar]] {
        guard let listing = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(listing) }
        var names: [[CChar]] = []
        while let entry = unsafe readdir(listing) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
            }
            let dot = CChar(bitPattern: UInt8(ascii: "."))
            if name != [dot], name != [dot, dot] { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: [CChar]) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unsafe unlink(path)
            return
        }
        for name in names(in: path) { remove(Array(path.dropLast()) + [slash] + name + [0]) }
        unsafe rmdir(path)
    }
}
