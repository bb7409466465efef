import FoundationEssentials
import Glibc
import System

/// A program in `Tests/Python`: the oracle of a differential test, given all its cases at once.
///
/// A suite that needs one is skipped where its library is not installed, and fails there if `CI` is
/// `true`:
/// `.enabled("needs python3-yaml") { await PythonProgram.canRun(importing: "yaml") }`.
package struct PythonProgram: Sendable {
    /// Why a program gave no answer.
    package enum Failure: Error, CustomStringConvertible {
        case notStarted(errno: Int32)
        case ended(status: Int32, messages: String)

        package var description: String {
            switch self {
            case .notStarted(let errno): "python3 could not be started: error \(errno)"
            case .ended(let status, let messages): "python3 ended with \(status): \(messages)"
            }
        }
    }

    private let arguments: [String]

    /// The program of that name in `Tests/Python`.
    package init(_ name: String) {
        arguments = ["\(SourceTree.root)/Tests/Python/\(name)"]
    }

    private init(code: String) {
        arguments = ["-c", code]
    }

    /// Whether a program that imports this library is to be run here.
    package static func canRun(importing library: String) async -> Bool {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        return (try? await PythonProgram(code: "import \(library)").run("")) != nil
    }

    /// Runs the program on this input, and returns what it printed.
    package func run(_ input: String) async throws -> String {
        let thread = try ThreadConfined(name: "python", capacity: 1)
        let output = try await thread.run { [arguments] _ in
            try Self.run(arguments, Array(input.utf8))
        }
        await thread.stop()
        return output
    }

    /// Debian's interpreter first: it is the one that finds Debian's libraries.
    private static let interpreter: String =
        unsafe access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"

    private static func run(_ arguments: [String], _ input: [UInt8]) throws -> String {
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        for _ in 0..<3 { files.append(try temporaryFile()) }
        try write(input, to: files[0])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
        }
        let words = unsafe ([interpreter] + arguments).map { unsafe strdup($0) }
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failed = unsafe posix_spawnp(
            &process, interpreter, &actions, nil, words + [nil], environ)
        guard failed == 0 else { throw Failure.notStarted(errno: failed) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw Failure.ended(status: status, messages: read(files[2]))
        }
        return read(files[1])
    }

    /// A file without a name.
    private static func temporaryFile() throws -> Int32 {
        var template = Array("/tmp/gatehouse-test-XXXXXX\0".utf8CString)
        let file = unsafe mkstemp(&template)
        guard file >= 0 else { throw Failure.notStarted(errno: errno) }
        unsafe unlink(&template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        return file
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw Failure.notStarted(errno: errno) }
            written += count
        }
        lseek(file, 0, SEEK_SET)
    }

    private static func read(_ file: Int32) -> String {
        lseek(file, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
