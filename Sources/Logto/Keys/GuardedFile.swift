import System

/// Files whose content we trust: nobody but their owner can have written them.
enum GuardedFile {
    /// Why a file or folder is not trusted, and what to do about it.
    struct Distrust: Error, Equatable, Sendable {
        let reason: String
        let remedy: String
    }

    /// Permission bits that let others write.
    static let othersWrite: UInt32 = 0o022
    /// Permission bits that let others do anything.
    static let others: UInt32 = 0o077

    /// Reads a file whole.
    ///
    /// SECURITY: who can write the file, or put another one in its place, says which tokens are
    /// genuine. Facts and bytes are those of one open file, so that nothing changes in between.
    ///
    /// - Parameters:
    ///   - forbidden: permission bits that it must not have.
    ///   - mustBeOurs: whether it must belong to us or to root.
    /// - Returns: nil where there is no such file.
    static func read(
        _ path: String, maxBytes: Int, forbidden: UInt32, mustBeOurs: Bool
    ) throws(Distrust) -> [UInt8]? {
        if let facts = FileSystem.facts(path, followsLinks: false), facts.isLink {
            throw Distrust(
                reason: "it is a symbolic link", remedy: "put the file itself in its place")
        }
        let file: (bytes: [UInt8], facts: FileFacts)
        do throws(FileFailure) {
            file = try FileSystem.readItself(path, maxBytes: maxBytes)
        } catch {
            if case .notFound = error { return nil }
            throw Distrust(reason: error.description, remedy: "make it a readable, regular file")
        }
        guard file.facts.mode & forbidden == 0 else {
            let mode = String(file.facts.mode, radix: 8)
            throw Distrust(
                reason: forbidden == othersWrite
                    ? "others may write it (mode \(mode))" : "others may use it (mode \(mode))",
                remedy: forbidden == othersWrite ? "chmod go-w \(path)" : "chmod 600 \(path)")
        }
        guard !mustBeOurs || file.facts.isOurs else {
            throw Distrust(
                reason: "it belongs to another user (\(file.facts.owner))", remedy: "remove it")
        }
        return file.bytes
    }

    /// Checks that nobody else can put files into a folder.
    static func checkFolder(_ path: String) throws(Distrust) {
        guard let facts = FileSystem.facts(path), facts.isDirectory else {
            throw Distrust(
                reason: "the folder \(path) does not exist", remedy: "make it, with mode 0700")
        }
        guard facts.mode & othersWrite == 0 else {
            throw Distrust(
                reason: "others may write the folder \(path)"
                    + " (mode \(String(facts.mode, radix: 8)))",
                remedy: "chmod go-w \(path)")
        }
        guard facts.isOurs else {
            throw Distrust(
                reason: "the folder \(path) belongs to another user (\(facts.owner))",
                remedy: "make a folder that belongs to the user of this process")
        }
    }
}
