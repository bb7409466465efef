import System

/// What a balancer says about a connection before its first byte: the PROXY protocol, versions 1
/// (text) and 2 (binary).
///
/// Strict: one spelling of numbers and addresses, both addresses there and of one family, nothing
/// behind them but well-formed extensions, which are skipped. Stricter than the specification in one
/// more point: datagrams are refused, since nobody receives any here.
enum ProxyHeader: Equatable {
    /// More must come before anything can be said.
    case incomplete
    /// A header of so many bytes. Without a source the socket's own address stands.
    case complete(source: SocketAddress?, length: Int)
    /// No header, or one that is too long.
    case malformed

    /// The longest line of version 1, as the specification has it.
    static var maxLineBytes: Int { 107 }
    /// The longest block behind the fixed part of version 2: addresses and extensions.
    static var maxBlockBytes: Int { 4096 }

    private static var signature: [12 of UInt8] {
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    }
    private static var word: [6 of UInt8] { [0x50, 0x52, 0x4F, 0x58, 0x59, 0x20] }

    /// Reads the header at the front of the bytes. What it says of some bytes it says of them and
    /// any that follow, unless it is `incomplete`.
    static func parse(_ bytes: Span<UInt8>) -> ProxyHeader {
        guard bytes.count > 0 else { return .incomplete }
        return bytes[0] == signature[0] ? binary(bytes) : line(bytes)
    }
}

// MARK: Version 1

extension ProxyHeader {
    private static func line(_ bytes: Span<UInt8>) -> ProxyHeader {
        for index in 0..<min(bytes.count, word.count) where bytes[index] != word[index] {
            return .malformed
        }
        var end = 0
        while end < bytes.count, bytes[end] != 0x0D, bytes[end] != 0x0A { end += 1 }
        guard end + 2 <= maxLineBytes else { return .malformed }
        guard end < bytes.count else { return .incomplete }
        guard bytes[end] == 0x0D, end >= word.count else { return .malformed }
        guard end + 1 < bytes.count else { return .incomplete }
        guard bytes[end + 1] == 0x0A else { return .malformed }
        var text: [UInt8] = []
        text.reserveCapacity(end)
        for index in word.count..<end { text.append(bytes[index]) }
        let fields = text.split(separator: 0x20, omittingEmptySubsequences: false)
        if fields[0].elementsEqual("UNKNOWN".utf8) {
            return .complete(source: nil, length: end + 2)
        }
        guard fields.count == 5, let source = address(fields[1], port: fields[3]),
            let destination = address(fields[2], port: fields[4])
        else { return .malformed }
        switch (source, destination) {
        case (.ipv4, .ipv4) where fields[0].elementsEqual("TCP4".utf8): break
        case (.ipv6, .ipv6) where fields[0].elementsEqual("TCP6".utf8): break
        case (.ipv4, _), (.ipv6, _), (.unix, _): return .malformed
        }
        return .complete(source: source, length: end + 2)
    }

    private static func address(
        _ host: ArraySlice<UInt8>, port digits: ArraySlice<UInt8>
    ) -> SocketAddress? {
        guard (1...5).contains(digits.count), digits.count == 1 || digits.first != 0x30 else {
            return nil
        }
        var port: UInt32 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            port = port * 10 + UInt32(digit - 0x30)
        }
        guard let port = UInt16(exactly: port), host.allSatisfy({ $0 < 0x80 }),
            let host = HostAddress(String(decoding: host, as: UTF8.self))
        else { return nil }
        return SocketAddress(host, port: port)
    }
}

// MARK: Version 2

extension ProxyHeader {
    private static func binary(_ bytes: Span<UInt8>) -> ProxyHeader {
        for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] {
            return .malformed
        }
        // What can be refused early is: nobody waits for the rest of it.
        if bytes.count > 12, bytes[12] != 0x20, bytes[12] != 0x21 { return .malformed }
        guard bytes.count >= 16 else { return .incomplete }
        let block = number(bytes, at: 14, count: 2)
        guard block <= maxBlockBytes else { return .malformed }
        let length = 16 + Int(block)
        // A connection of the balancer's own, or one whose addresses it does not tell: whatever
        // else stands there is to be skipped.
        if bytes[12] == 0x20 || bytes[13] == 0x00 {
            return bytes.count < length ? .incomplete : .complete(source: nil, length: length)
        }
        guard let size = sizeOfAddresses(family: bytes[13]), size <= block else {
            return .malformed
        }
        guard bytes.count >= length else { return .incomplete }
        guard areExtensions(bytes, from: 16 + Int(size), to: length) else { return .malformed }
        return .complete(source: source(bytes, family: bytes[13]), length: length)
    }

    /// How many bytes both addresses take; nil for what is no stream.
    private static func sizeOfAddresses(family: UInt8) -> UInt64? {
        switch family {
        case 0x11: 12
        case 0x21: 36
        case 0x31: 216
        default: nil
        }
    }

    private static func source(_ bytes: Span<UInt8>, family: UInt8) -> SocketAddress? {
        switch family {
        case 0x11:
            return .ipv4(
                UInt32(truncatingIfNeeded: number(bytes, at: 16, count: 4)),
                port: UInt16(truncatingIfNeeded: number(bytes, at: 24, count: 2)))
        case 0x21:
            return SocketAddress(
                .ipv6(
                    high: number(bytes, at: 16, count: 8), low: number(bytes, at: 24, count: 8)),
                port: UInt16(truncatingIfNeeded: number(bytes, at: 48, count: 2)))
        case 0x31:
            var path: [UInt8] = []
            for index in 16..<16 + 108 {
                if bytes[index] == 0 { break }
                path.append(bytes[index])
            }
            return .unix(String(decoding: path, as: UTF8.self))
        default: return nil
        }
    }

    /// Whether nothing stands there but extensions: a kind, a length, and as many bytes.
    private static func areExtensions(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var index = start
        while index < end {
            guard index + 3 <= end else { return false }
            index += 3 + Int(number(bytes, at: index + 1, count: 2))
        }
        return index == end
    }

    private static func number(_ bytes: Span<UInt8>, at start: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + count { value = value << 8 | UInt64(bytes[index]) }
        return value
    }
}
