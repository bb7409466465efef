import System

/// Tells when one of several files may have changed: their folders are watched, so that a file that
/// is renamed into place and Kubernetes' swapped folders are noticed.
final class FileWatch: Sendable {
    private let watches: [DirectoryWatch]

    /// - Parameter changed: called on a thread of a watch, once for changes that come close together.
    init(_ paths: [String], changed: @escaping @Sendable () -> Void) throws(SystemFailure) {
        var watches: [DirectoryWatch] = []
        for folder in Self.folders(of: paths) {
            watches.append(try DirectoryWatch(folder, changed: changed))
        }
        self.watches = watches
    }

    /// Ends the watch, and returns when the last call has returned.
    func stop() async {
        for watch in watches { await watch.stop() }
    }

    /// The folders of the files, each once.
    static func folders(of paths: [String]) -> [String] {
        var folders: [String] = []
        for path in paths {
            guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { continue }
            let folder = slash == path.startIndex ? "/" : String(path[..<slash])
            if !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }
}
