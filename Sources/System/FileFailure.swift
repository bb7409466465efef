import CSystem

/// Why a file or directory could not be read or written.
package enum FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such file.
    case notFound(String)
    /// It is a directory, a pipe or a device.
    case notRegular(String)
    /// It is longer than it may be.
    case tooLarge(String, maxBytes: Int)
    /// A link leads out of the directory that was asked for, or is absolute.
    case leavesRoot(String)
    /// There are more files below the directory than may be.
    case tooManyFiles(String, limit: Int)
    /// Directories are nested deeper than they may be, or a link leads back up.
    case tooDeep(String, limit: Int)
    /// A name is not UTF-8; with what can be shown of it.
    case nameNotText(String)
    /// Anything else that the kernel says.
    case system(SystemFailure)

    package var description: String {
        switch self {
        case .notFound(let path): "`\(path)` does not exist"
        case .notRegular(let path): "`\(path)` is not a regular file"
        case .tooLarge(let path, let maxBytes): "`\(path)` is larger than \(maxBytes) bytes"
        case .leavesRoot(let path): "`\(path)` is a link out of the directory, or an absolute one"
        case .tooManyFiles(let path, let limit): "`\(path)` holds more than \(limit) files"
        case .tooDeep(let path, let limit): "`\(path)` is nested deeper than \(limit) directories"
        case .nameNotText(let path): "the name of `\(path)` is not UTF-8"
        case .system(let failure): failure.description
        }
    }

    /// What a negated error number of a call on a path means.
    init(_ answer: Int, call: String, path: String) {
        self =
            switch Int32(truncatingIfNeeded: -answer) {
            case ENOENT, ENOTDIR: .notFound(path)
            case EXDEV: .leavesRoot(path)
            case EISDIR: .notRegular(path)
            default: .system(SystemFailure(call: call, subject: path, negated: answer))
            }
    }
}
