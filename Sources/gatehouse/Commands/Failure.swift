import Documents
import System

/// Messages of commands that could not do their job.
enum Failure {
    /// Says what went wrong, and how to fix it where that is known.
    static func report(_ command: String, _ message: String, _ help: String? = nil) -> ExitCode {
        let hint = help.map { "  = help: \($0)\n" } ?? ""
        StandardStream.error.write("gatehouse \(command): \(message)\n\(hint)")
        return .failure
    }
}

/// The file that scripts read.
enum StateFile {
    /// Writes it whole, readable by its owner alone: it holds tokens and a secret.
    static func write(_ state: JSONValue, to path: String) throws(FileFailure) {
        if let slash = path.lastIndex(of: "/") {
            let folder = String(path[..<slash])
            if !folder.isEmpty { try FileSystem.makeDirectories(folder) }
        }
        try FileSystem.writeAtomically(
            path, JSONWriter.write(state) + [UInt8(ascii: "\n")], mode: 0o600)
    }
}
