import CSystem
import Synchronization

/// Standard output and standard error.
package enum StandardStream: Sendable {
    /// For results.
    case output
    /// For messages.
    case error

    var number: Int32 {
        switch self {
        case .output: 1
        case .error: 2
        }
    }

    /// Lines of different threads do not mix.
    private static let lock = Mutex(())

    /// Writes all bytes; blocks as long as the reader of a pipe does.
    ///
    /// - Returns: false when nobody reads any more, or the disk is full.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        Self.lock.withLock { _ in
            var offset = 0
            while offset < bytes.count {
                let count = unsafe bytes[offset...].withUnsafeBytes { rest in
                    unsafe gatehouse_write(number, rest.baseAddress, rest.count)
                }
                if count == -Int(gatehouse_again) {
                    // Somebody who shares the terminal has made it non-blocking.
                    _ = gatehouse_wait_writable(number, 1000)
                    continue
                }
                guard count >= 0 else { return false }
                offset += count
            }
            return true
        }
    }

    /// Writes a text.
    @discardableResult
    package func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    /// Reads standard input to its end; nil when it is longer than allowed, or cannot be read.
    package static func readInput(maxBytes: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            let before = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: 65_536))
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[before...])
                return unsafe gatehouse_read(0, target.baseAddress, target.count)
            }
            guard count >= 0 else { return nil }
            bytes.removeLast(65_536 - count)
            guard bytes.count <= maxBytes else { return nil }
            if count == 0 { return bytes }
        }
    }
}
