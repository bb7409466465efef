import CSystem

/// A file that is only ever appended to: log files, standard output and standard error.
package final class AppendedFile: Sendable {
    private let descriptor: Int32
    private let isOwned: Bool
    /// The file's name for messages.
    package let name: String

    /// The process's standard output.
    package static let standardOutput = AppendedFile(standard: 1, name: "standard output")
    /// The process's standard error.
    package static let standardError = AppendedFile(standard: 2, name: "standard error")

    /// Opens a file for appending; makes it, readable by the owner and the group, where there is none.
    package init(path: String) throws(SystemFailure) {
        let answer = unsafe gatehouse_open(
            path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        descriptor = try Descriptor(answer, call: "open", subject: path).release()
        isOwned = true
        name = path
    }

    private init(standard number: Int32, name: String) {
        descriptor = number
        isOwned = false
        self.name = name
    }

    deinit {
        if isOwned { _ = gatehouse_close(descriptor) }
    }

    /// Writes all of the bytes; blocks while the other end takes none.
    package func append(_ bytes: [UInt8]) throws(SystemFailure) {
        var written = 0
        while written < bytes.count {
            let answer = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe gatehouse_write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + written },
                    buffer.count - written)
            }
            guard answer > 0 else {
                throw SystemFailure(
                    call: "write", subject: name, negated: answer == 0 ? -Int(EIO) : answer)
            }
            written += answer
        }
    }
}
