import Glibc
import System

/// One end of a connection, driven byte by byte. It blocks on a thread of its own, never in the test.
///
/// A read that waits longer than 20 seconds throws, so that a bug fails a test instead of hanging it.
package final class RawClient: Sendable {
    /// What went wrong at a socket.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The other end broke the connection off.
        case reset
        /// The other end finished before what was awaited came; with what came.
        case ended(String)
        /// Nothing came for 20 seconds; with what came before.
        case timedOut(String)
        /// Any other error number.
        case other(call: String, errno: Int32)

        package var description: String {
            switch self {
            case .reset: "reset by peer"
            case .ended(let text): "ended after `\(text)`"
            case .timedOut(let text): "timed out after `\(text)`"
            case .other(let call, let errno): "\(call): error \(errno)"
            }
        }
    }

    private let thread: ThreadConfined<BlockingSocket>

    init(owning descriptor: Int32) throws {
        thread = try ThreadConfined(name: "raw-client", capacity: 64) {
            BlockingSocket(descriptor: descriptor)
        }
    }

    /// Connects to a port of this machine.
    ///
    /// - Parameter receiveBuffer: bytes that the kernel keeps for us, to be a slow reader.
    package static func connect(port: UInt16, receiveBuffer: Int32? = nil) async throws -> RawClient
    {
        let opener = try ThreadConfined(name: "raw-connect", capacity: 1)
        let descriptor = try await opener.run { _ in
            try BlockingSocket.connected(port: port, receiveBuffer: receiveBuffer)
        }
        await opener.stop()
        return try RawClient(owning: descriptor)
    }

    /// Connects to a socket in the file system.
    package static func connect(path: String) async throws -> RawClient {
        let opener = try ThreadConfined(name: "raw-connect", capacity: 1)
        let descriptor = try await opener.run { _ in try BlockingSocket.connected(path: path) }
        await opener.stop()
        return try RawClient(owning: descriptor)
    }

    /// Sends all bytes.
    package func send(_ bytes: [UInt8]) async throws {
        try await thread.run { try $0.send(bytes) }
    }

    /// Sends a text.
    package func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Reads until a text has come; what comes after it stays for the next read.
    ///
    /// - Returns: everything up to and with the text.
    package func read(until text: String) async throws -> String {
        let mark = Array(text.utf8)
        return String(
            decoding: try await thread.run { try $0.read(until: mark) }, as: UTF8.self)
    }

    /// Reads so many bytes.
    package func read(count: Int) async throws -> [UInt8] {
        try await thread.run { try $0.read(count: count) }
    }

    /// Reads until the other end finishes.
    package func readToEnd() async throws -> [UInt8] {
        try await thread.run { try $0.readToEnd() }
    }

    /// Reads until the other end finishes, as a text.
    package func readTextToEnd() async throws -> String {
        String(decoding: try await readToEnd(), as: UTF8.self)
    }

    /// Tells the other end that nothing follows.
    package func finishWriting() async throws {
        try await thread.run { _ = shutdown($0.descriptor, Int32(SHUT_WR)) }
    }

    /// Closes the connection.
    package func close() async {
        _ = try? await thread.run { $0.close() }
        await thread.stop()
    }

    /// Breaks the connection off.
    package func reset() async {
        _ = try? await thread.run { $0.reset() }
        await thread.stop()
    }

    deinit {
        _ = thread.post { $0.close() }
    }
}
