import CSystem

/// The files below a directory, in order of their paths; never one outside it.
///
/// Links are followed as long as they stay below the directory, which is how Kubernetes mounts
/// configuration; the kernel itself refuses the others (`openat2` with `RESOLVE_BENEATH`). Names that
/// begin with a dot are left out: editors and Kubernetes keep their own things there.
package struct DirectoryTree: Sendable {
    /// How much a directory may hold.
    package struct Limits: Sendable {
        /// Files below the directory.
        package var files = 10_000
        /// Directories within directories.
        package var depth = 16
        /// Bytes of one file.
        package var fileBytes = 4 * 1024 * 1024

        /// The usual limits.
        package init() {}
    }

    /// A file below the directory.
    package struct File: Sendable, Hashable {
        /// The path below the directory, with `/` between names.
        package let path: String
        /// The content.
        package let bytes: [UInt8]
    }

    private let root: String
    private let limits: Limits

    /// The tree below a directory.
    package init(_ root: String, limits: Limits = Limits()) {
        self.root = root
        self.limits = limits
    }

    /// The paths of the files whose name is wanted, sorted by their bytes.
    package func paths(
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(FileFailure) -> [String] {
        let directory = try openRoot()
        var found: [String] = []
        try collect(directory.number, "", depth: 0, isWanted, &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Reads the files whose name is wanted, sorted by the bytes of their paths.
    package func files(
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(FileFailure) -> [File] {
        let directory = try openRoot()
        var files: [File] = []
        for path in try paths(where: isWanted) {
            let file = try open(path, directory.number, gatehouse_open_read)
            files.append(
                File(
                    path: path,
                    bytes: try FileSystem.read(
                        file, path: shown(path), maxBytes: limits.fileBytes)))
        }
        return files
    }

    /// The directories of the tree, the first one included, as absolute or relative as it is.
    func folders() throws(FileFailure) -> [String] {
        let directory = try openRoot()
        var found: [String] = []
        var folders = [root]
        try collect(directory.number, "", depth: 0, { _ in false }, &found, &folders)
        return folders
    }

    private func openRoot() throws(FileFailure) -> Descriptor {
        let answer = unsafe gatehouse_open(root, gatehouse_open_directory, 0)
        guard let directory = Descriptor(answer: answer) else {
            throw FileFailure(answer, call: "open", path: root)
        }
        return directory
    }

    private func collect(
        _ directory: Int32, _ prefix: String, depth: Int, _ isWanted: (String) -> Bool,
        _ found: inout [String]
    ) throws(FileFailure) {
        var folders: [String] = []
        try collect(directory, prefix, depth: depth, isWanted, &found, &folders)
    }

    private func collect(
        _ directory: Int32, _ prefix: String, depth: Int, _ isWanted: (String) -> Bool,
        _ found: inout [String], _ folders: inout [String]
    ) throws(FileFailure) {
        guard depth <= limits.depth else {
            throw .tooDeep(shown(prefix), limit: limits.depth)
        }
        for name in try names(in: prefix, directory) {
            let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
            let answer = openBeneath(directory, path, gatehouse_open_read)
            guard let entry = Descriptor(answer: answer) else {
                // Gone since the directory was listed, or a link to nothing: an editor's lock.
                if answer == -Int(ENOENT), !isWanted(name) { continue }
                if answer == -Int(ENXIO) || answer == -Int(EACCES), !isWanted(name) { continue }
                throw failure(answer, path)
            }
            var facts = gatehouse_file_facts()
            try FileSystem.check(
                unsafe gatehouse_facts_of_descriptor(entry.number, &facts), "fstat", shown(path))
            if facts.is_directory != 0 {
                guard folders.count < limits.files else {
                    throw .tooManyFiles(root, limit: limits.files)
                }
                folders.append(shown(path))
                try collect(directory, path, depth: depth + 1, isWanted, &found, &folders)
            } else if facts.is_regular != 0, isWanted(name) {
                guard found.count < limits.files else {
                    throw .tooManyFiles(root, limit: limits.files)
                }
                found.append(path)
            }
        }
    }

    /// The names in a directory, sorted, without those that begin with a dot.
    private func names(in path: String, _ root: Int32) throws(FileFailure) -> [String] {
        let folder = try open(path.isEmpty ? "." : path, root, gatehouse_open_directory)
        let number = folder.release()
        guard let listing = unsafe gatehouse_directory_open(number) else {
            _ = gatehouse_close(number)
            throw .system(
                SystemFailure(call: "fdopendir", subject: shown(path), negated: -Int(ENOMEM)))
        }
        defer { unsafe closedir(listing) }
        var names: [String] = []
        while let entry = unsafe gatehouse_directory_next(listing) {
            if unsafe entry.pointee == CChar(bitPattern: UInt8(ascii: ".")) { continue }
            guard let name = unsafe String(validatingCString: entry) else {
                let visible = unsafe String(cString: entry)
                throw .nameNotText(shown(path.isEmpty ? visible : "\(path)/\(visible)"))
            }
            guard names.count < limits.files else {
                throw .tooManyFiles(shown(path), limit: limits.files)
            }
            names.append(name)
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func open(
        _ path: String, _ directory: Int32, _ flags: Int32
    ) throws(FileFailure) -> Descriptor {
        let answer = openBeneath(directory, path, flags)
        guard let opened = Descriptor(answer: answer) else { throw failure(answer, path) }
        return opened
    }

    /// Opens a path below the directory.
    ///
    /// A kernel or sandbox without `openat2` leaves us to resolve the path before: somebody who may
    /// write in the directory could change a link in between, but could as well change the files.
    private func openBeneath(_ directory: Int32, _ path: String, _ flags: Int32) -> Int {
        let answer = unsafe gatehouse_open_beneath(directory, path, flags)
        guard answer == -Int(ENOSYS) || answer == -Int(EPERM) else { return answer }
        guard let base = Self.resolved(root), let target = Self.resolved(shown(path)) else {
            return -Int(ENOENT)
        }
        let isBelow = target == base || target.utf8.starts(with: "\(base)/".utf8)
        return isBelow ? unsafe gatehouse_open(target, flags | O_NOFOLLOW, 0) : -Int(EXDEV)
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(validatingCString: text)
    }

    private func failure(_ answer: Int, _ path: String) -> FileFailure {
        answer == -Int(ELOOP)
            ? .tooDeep(shown(path), limit: limits.depth)
            : FileFailure(answer, call: "open", path: shown(path))
    }

    private func shown(_ path: String) -> String {
        path.isEmpty ? root : root.utf8.last == UInt8(ascii: "/") ? root + path : "\(root)/\(path)"
    }
}
