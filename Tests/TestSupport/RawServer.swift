import Glibc
import System

/// A listener on this machine whose connections a test answers by hand, byte by byte.
package final class RawServer: Sendable {
    /// The port, a free one unless asked for.
    package let port: UInt16
    private let descriptor: Int32
    private let thread: ThreadConfined<Void>

    /// Listens.
    ///
    /// - Parameter backlog: how many connections wait before they are accepted.
    package init(port: UInt16 = 0, backlog: Int32 = 64) throws {
        (descriptor, self.port) = try BlockingSocket.listening(port: port, backlog: backlog)
        thread = try ThreadConfined(name: "raw-server", capacity: 64)
    }

    /// The next connection; waits for it.
    package func accept() async throws -> RawClient {
        let descriptor = descriptor
        let accepted = try await thread.run { _ in
            // A test that waits in vain fails instead of hanging.
            var patience = timeval(tv_sec: 20, tv_usec: 0)
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
                socklen_t(MemoryLayout<timeval>.size))
            let accepted = Glibc.accept(descriptor, nil, nil)
            guard accepted >= 0 else {
                throw RawClient.Failure.other(call: "accept", errno: errno)
            }
            return accepted
        }
        return try RawClient(owning: accepted)
    }

    /// Stops listening.
    package func close() async {
        let descriptor = descriptor
        _ = try? await thread.run { _ in _ = Glibc.close(descriptor) }
        await thread.stop()
    }
}
