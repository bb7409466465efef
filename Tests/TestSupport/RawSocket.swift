import Glibc
import Values

/// Blocking sockets on threads of their own, for scripted peers.
enum RawSocket {
    struct Unavailable: Error {}

    /// A listener on a free port of 127.0.0.1.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Unavailable() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0
                    && Glibc.listen(descriptor, 64) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw Unavailable()
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Runs the body on a thread that nobody waits for.
    static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Start {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var handle = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        let failed = unsafe pthread_create(
            &handle, nil,
            { start in
                guard let start = unsafe start else { return nil }
                unsafe Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body()
                return nil
            }, start)
        if failed == 0 { pthread_detach(handle) }
    }

    /// Sends everything; false when the peer has gone.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Whether the peer closes within this time; what it sends is dropped.
    static func hasEnded(_ descriptor: Int32, waitingMilliseconds: Int32) -> Bool {
        var waits = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waits, 1, waitingMilliseconds) > 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        return unsafe recv(descriptor, &bytes, bytes.count, 0) <= 0
    }

    /// The next close is a reset.
    static func resetOnClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads a request with its body; nil when the peer has gone.
    static func readRequest(
        _ descriptor: Int32, _ connection: Int, _ buffer: inout [UInt8]
    ) -> ScriptedServer.Request? {
        let blank = Array("\r\n\r\n".utf8)
        while true {
            if let end = firstIndex(of: blank, in: buffer) {
                let lines = String(decoding: buffer[..<end], as: UTF8.self).split(
                    separator: "\r\n")
                let words = lines.first?.split(separator: " ") ?? []
                var headers = HeaderList()
                for line in lines.dropFirst() {
                    let parts = line.split(
                        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    guard parts.count == 2 else { return nil }
                    headers.append(String(parts[0]), String(parts[1].drop { $0 == " " }))
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                let start = end + blank.count
                guard buffer.count < start + length else {
                    let body = Array(buffer[start..<(start + length)])
                    buffer.removeFirst(start + length)
                    guard words.count == 3 else { return nil }
                    return ScriptedServer.Request(
                        connection: connection, method: String(words[0]),
                        target: String(words[1]), headers: headers, body: body)
                }
            }
            var piece = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            buffer += piece.prefix(count)
        }
    }

    private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        return (0...(bytes.count - pattern.count)).first { start in
            bytes[start..<(start + pattern.count)].elementsEqual(pattern)
        }
    }
}
