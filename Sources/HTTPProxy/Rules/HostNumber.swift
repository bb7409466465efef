import Transport
import Values

/// The address of a host as one number: an IPv6 address, or an IPv4 address in its IPv6 form
/// (`::ffff:0:0/96`), so that there is one number for each host. Reading one allocates nothing.
struct HostNumber: Equatable {
    let number: UInt128

    private static let mapped: UInt128 = 0xFFFF_0000_0000

    /// The number of a peer; nil for a socket in the file system.
    init?(_ address: SocketAddress) {
        switch address {
        case .ipv4(let number, _): self.number = Self.mapped | UInt128(number)
        case .ipv6(let high, let low, _, _): number = UInt128(high) << 64 | UInt128(low)
        case .unix: return nil
        }
    }

    /// The address, with a port of 0.
    var address: SocketAddress {
        if number &>> 32 == 0xFFFF {
            return .ipv4(UInt32(truncatingIfNeeded: number), port: 0)
        }
        return .ipv6(
            high: UInt64(truncatingIfNeeded: number &>> 64),
            low: UInt64(truncatingIfNeeded: number), scope: 0, port: 0)
    }

    /// Reads an address alone: four decimal numbers without leading zeros, or RFC 4291 § 2.2.
    init?(_ text: Range<Int>, in bytes: Span<UInt8>) {
        if let plain = Self.ipv4(text, in: bytes) {
            number = Self.mapped | UInt128(plain)
        } else if let number = Self.ipv6(text, in: bytes) {
            self.number = number
        } else {
            return nil
        }
    }

    /// Reads the node of a list of proxies: `IPv4`, `IPv4:PORT`, `[IPv6]`, `[IPv6]:PORT`, and `IPv6`
    /// alone where the list allows it. The port is left out.
    init?(node: Range<Int>, allowsBareIPv6: Bool, in bytes: Span<UInt8>) {
        guard (1...53).contains(node.count) else { return nil }
        var end = node.lowerBound
        if bytes[node.lowerBound] == UInt8(ascii: "[") {
            while end < node.upperBound, bytes[end] != UInt8(ascii: "]") { end &+= 1 }
            guard end < node.upperBound,
                let number = Self.ipv6(node.lowerBound &+ 1..<end, in: bytes)
            else { return nil }
            self.number = number
            end &+= 1
        } else {
            while end < node.upperBound, bytes[end] != UInt8(ascii: ":") { end &+= 1 }
            if let plain = Self.ipv4(node.lowerBound..<end, in: bytes) {
                number = Self.mapped | UInt128(plain)
            } else {
                guard allowsBareIPv6, let number = Self.ipv6(node, in: bytes) else { return nil }
                self.number = number
                return
            }
        }
        if end == node.upperBound { return }
        guard bytes[end] == UInt8(ascii: ":"),
            Port.read(end &+ 1..<node.upperBound, in: bytes) != nil
        else { return nil }
    }

    private static func ipv4(_ text: Range<Int>, in bytes: Span<UInt8>) -> UInt32? {
        guard (7...15).contains(text.count) else { return nil }
        var number: UInt32 = 0
        var (parts, part, digits) = (0, UInt32(0), 0)
        for index in text {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 {
                guard digits == 0 || part != 0, digits < 3 else { return nil }
                part = part * 10 + UInt32(digit)
                digits += 1
            } else {
                guard bytes[index] == UInt8(ascii: "."), digits > 0, part <= 255, parts < 3 else {
                    return nil
                }
                number = number << 8 | part
                (parts, part, digits) = (parts + 1, 0, 0)
            }
        }
        guard parts == 3, digits > 0, part <= 255 else { return nil }
        return number << 8 | part
    }

    private static func ipv6(_ text: Range<Int>, in bytes: Span<UInt8>) -> UInt128? {
        guard (2...45).contains(text.count) else { return nil }
        var groups: UInt128 = 0
        var count = 0
        /// How many groups stand in front of the `::`.
        var gap: Int?
        var index = text.lowerBound
        if bytes[index] == UInt8(ascii: ":") {
            guard bytes[index + 1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index += 2
        }
        while index < text.upperBound {
            let start = index
            var group: UInt128 = 0
            while index < text.upperBound, let digit = Hexadecimal.value(of: bytes[index]) {
                guard index - start < 4 else { return nil }
                group = group << 4 | UInt128(digit)
                index += 1
            }
            if index < text.upperBound, bytes[index] == UInt8(ascii: ".") {
                guard count <= 6, let plain = ipv4(start..<text.upperBound, in: bytes) else {
                    return nil
                }
                groups = groups << 32 | UInt128(plain)
                count += 2
                break
            }
            guard index > start, count < 8 else { return nil }
            groups = groups << 16 | group
            count += 1
            if index == text.upperBound { break }
            guard bytes[index] == UInt8(ascii: ":"), index + 1 < text.upperBound else { return nil }
            index += 1
            if bytes[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard let gap else { return count == 8 ? groups : nil }
        guard count < 8 else { return nil }
        let back = UInt128(16 * (count - gap))
        let front = groups >> back
        return front << UInt128(16 * (8 - gap)) | (groups & ((1 << back) - 1))
    }
}

/// A port as text.
enum Port {
    /// 1 to 65535 without leading zeros; nil for anything else.
    static func read(_ text: Range<Int>, in bytes: Span<UInt8>) -> UInt16? {
        guard (1...5).contains(text.count), bytes[text.lowerBound] != UInt8(ascii: "0") else {
            return nil
        }
        var port: UInt32 = 0
        for index in text {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            port = port * 10 + UInt32(digit)
        }
        return UInt16(exactly: port)
    }
}
