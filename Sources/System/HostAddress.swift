/// The address of a host, without a port.
package enum HostAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address, as a number in host order.
    case ipv4(UInt32)
    /// An IPv6 address, as its two halves in host order.
    case ipv6(high: UInt64, low: UInt64)

    /// Reads an address; strict: four decimal numbers without leading zeros, or RFC 4291 § 2.2.
    package init?(_ text: String) {
        if let number = Self.ipv4(text.utf8[...]) {
            self = .ipv4(number)
        } else if let (high, low) = Self.ipv6(text.utf8[...]) {
            self = .ipv6(high: high, low: low)
        } else {
            return nil
        }
    }

    /// Whether only this machine can be at the other end.
    package var isLoopback: Bool {
        switch self {
        case .ipv4(let number): number >> 24 == 127
        case .ipv6(let high, let low):
            high == 0 && (low == 1 || low >> 24 == 0xFF_FF7F)
        }
    }

    package var description: String {
        switch self {
        case .ipv4(let number):
            "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        case .ipv6(let high, let low): Self.text(high, low)
        }
    }
}

extension HostAddress {
    private typealias Bytes = Substring.UTF8View

    private static func ipv4(_ text: Bytes) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            var value: UInt32 = 0
            for digit in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard value <= 255 else { return nil }
            number = number << 8 | value
        }
        return number
    }

    private static func ipv6(_ text: Bytes) -> (UInt64, UInt64)? {
        guard text.count <= 45 else { return nil }
        var front: [UInt16] = []
        var back: [UInt16]?
        var rest = text
        if rest.starts(with: "::".utf8) {
            back = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let part = rest.prefix { $0 != UInt8(ascii: ":") }
            var groups: [UInt16] = []
            if part.contains(UInt8(ascii: ".")) {
                guard part.endIndex == rest.endIndex, let tail = ipv4(part) else { return nil }
                groups = [UInt16(tail >> 16), UInt16(tail & 0xFFFF)]
            } else {
                guard let group = group(part) else { return nil }
                groups = [group]
            }
            if back == nil { front += groups } else { back? += groups }
            rest = rest[part.endIndex...]
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: ":") {
                guard back == nil else { return nil }
                back = []
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        let known = front.count + (back?.count ?? 0)
        guard back == nil ? known == 8 : known < 8 else { return nil }
        let all = front + Array(repeating: 0, count: 8 - known) + (back ?? [])
        let halves = all.reduce(into: [0, 0] as [UInt64]) { halves, group in
            halves[0] = halves[0] << 16 | halves[1] >> 48
            halves[1] = halves[1] << 16 | UInt64(group)
        }
        return (halves[0], halves[1])
    }

    private static func group(_ digits: Bytes) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for digit in digits {
            let nibble: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt16(nibble)
        }
        return value
    }

    /// RFC 5952: the longest run of zeros, of two or more groups, becomes `::`.
    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * UInt64(index % 4)))
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty
            ? joined(groups[...])
            : joined(groups[..<best.lowerBound]) + "::" + joined(groups[best.upperBound...])
    }
}
