import Glibc

/// A blocking socket with what was read ahead; used by one thread.
struct BlockingSocket {
    private(set) var descriptor: Int32
    private var ahead: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    static func connected(port: UInt16, receiveBuffer: Int32?) throws -> Int32 {
        let descriptor = try open(AF_INET)
        if var bytes = receiveBuffer {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let answer = unsafe withLoopback(port: port) { unsafe Glibc.connect(descriptor, $0, $1) }
        return try checked(descriptor, answer, "connect")
    }

    static func connected(path: String) throws -> Int32 {
        unsafe try atPath(path, "connect") { unsafe Glibc.connect($0, $1, $2) }
    }

    /// A socket whose file is made, without a listener.
    static func bound(path: String) throws -> Int32 {
        unsafe try atPath(path, "bind") { unsafe bind($0, $1, $2) }
    }

    private static func atPath(
        _ path: String, _ call: String,
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        let descriptor = try open(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: path.utf8.prefix(target.count - 1))
        }
        let answer = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return try checked(descriptor, answer, call)
    }

    /// A listener on a free port of this machine, or on the given one.
    static func listening(port: UInt16, backlog: Int32) throws -> (descriptor: Int32, port: UInt16)
    {
        let descriptor = try open(AF_INET)
        var one: Int32 = 1
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let bound = unsafe withLoopback(port: port) { unsafe bind(descriptor, $0, $1) }
        _ = try checked(descriptor, bound, "bind")
        _ = try checked(descriptor, listen(descriptor, backlog), "listen")
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(descriptor, $0, &length)
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    mutating func send(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { throw failure("send") }
            offset += count
        }
    }

    mutating func read(until mark: [UInt8]) throws -> [UInt8] {
        var searched = 0
        while true {
            while searched + mark.count <= ahead.count {
                if ahead[searched..<searched + mark.count].elementsEqual(mark) {
                    return take(searched + mark.count)
                }
                searched += 1
            }
            guard try more() else { throw RawClient.Failure.ended(text) }
        }
    }

    mutating func read(count: Int) throws -> [UInt8] {
        while ahead.count < count {
            guard try more() else { throw RawClient.Failure.ended(text) }
        }
        return take(count)
    }

    mutating func readToEnd() throws -> [UInt8] {
        while try more() {}
        return take(ahead.count)
    }

    mutating func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    mutating func reset() {
        resetOnClose()
        close()
    }

    /// Makes the next close a reset.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private var text: String { String(decoding: ahead, as: UTF8.self) }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { ahead.removeFirst(count) }
        return Array(ahead.prefix(count))
    }

    private mutating func more() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw failure("recv") }
        ahead += buffer.prefix(count)
        return count > 0
    }

    private func failure(_ call: String) -> RawClient.Failure {
        switch errno {
        case ECONNRESET, EPIPE: .reset
        case EAGAIN: .timedOut(text)
        default: .other(call: call, errno: errno)
        }
    }

    private static func open(_ family: Int32) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw RawClient.Failure.other(call: "socket", errno: errno)
        }
        return descriptor
    }

    private static func checked(_ descriptor: Int32, _ answer: Int32, _ call: String) throws
        -> Int32
    {
        guard answer < 0 else { return descriptor }
        let number = errno
        _ = Glibc.close(descriptor)
        throw RawClient.Failure.other(call: call, errno: number)
    }

    private static func withLoopback(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
