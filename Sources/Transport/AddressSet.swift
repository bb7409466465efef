package import System

/// Addresses that share their first bits: `10.0.0.0/8`, `fd00::/8`, or one address, `::1`.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the range. An IPv4 address in its IPv6 form is the IPv4 address.
    package let first: HostAddress
    /// How many leading bits all addresses of the range share.
    package let bits: Int

    /// Reads `ADDRESS` or `ADDRESS/BITS`; nil for everything else.
    ///
    /// Strict: a number of bits has one spelling, and bits behind them are zero, so that
    /// `10.1.2.3/8` is refused rather than read as something that its writer may not mean.
    package init?(_ text: String) {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first.flatMap({ HostAddress(String(Substring($0))) }) else {
            return nil
        }
        let width = host.width
        var bits = width
        if parts.count == 2 {
            guard let read = Self.bits(parts[1]), read <= width else { return nil }
            bits = read
        }
        guard host.number & ~Self.mask(bits, of: width) == 0 else { return nil }
        if let plain = host.mapped, bits >= 96 {
            first = .ipv4(plain)
            self.bits = bits - 96
        } else {
            first = host
            self.bits = bits
        }
    }

    /// The addresses of this machine by IPv4.
    package static let loopback = AddressRange(first: .ipv4(0x7F00_0000), bits: 8)

    private init(first: HostAddress, bits: Int) {
        self.first = first
        self.bits = bits
    }

    package var description: String { "\(first)/\(bits)" }

    /// The numbers of the first and the last address.
    fileprivate var numbers: (first: UInt128, last: UInt128) {
        let number = first.number
        let rest = ~Self.mask(bits, of: first.width)
        return (number, number | (rest & Self.mask(first.width, of: first.width)))
    }

    /// The first `bits` of `width` bits set.
    private static func mask(_ bits: Int, of width: Int) -> UInt128 {
        let all = width == 128 ? UInt128.max : (1 &<< UInt128(width)) &- 1
        return bits == 0 ? 0 : all & ~((UInt128(1) << UInt128(width - bits)) &- 1)
    }

    private static func bits(_ digits: Substring.UTF8View.SubSequence) -> Int? {
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}

/// A set of addresses, asked without regard to ports.
///
/// The ranges of each family are sorted and do not touch, so that a question is a binary search.
package struct AddressSet: Sendable {
    private let ipv4: SortedRanges
    private let ipv6: SortedRanges

    /// No address at all.
    package static let empty = AddressSet([])

    /// All addresses of these ranges.
    package init(_ ranges: [AddressRange]) {
        ipv4 = SortedRanges(ranges.filter { $0.first.width == 32 }.map(\.numbers))
        ipv6 = SortedRanges(ranges.filter { $0.first.width == 128 }.map(\.numbers))
    }

    /// Whether no address is in the set.
    package var isEmpty: Bool { ipv4.starts.isEmpty && ipv6.starts.isEmpty }

    /// Whether the host of the address is in the set. An IPv4 address in its IPv6 form counts as
    /// the IPv4 address; a socket in the file system is in no set.
    package func contains(_ address: SocketAddress) -> Bool {
        switch address {
        case .ipv4(let number, _): ipv4.contains(UInt128(number))
        case .ipv6(let high, let low, _, _): contains(.ipv6(high: high, low: low))
        case .unix: false
        }
    }

    /// Whether the address of a host is in the set.
    package func contains(_ host: HostAddress) -> Bool {
        if let plain = host.mapped { return ipv4.contains(UInt128(plain)) }
        return host.width == 32 ? ipv4.contains(host.number) : ipv6.contains(host.number)
    }
}

/// Ranges of numbers that do not touch, in order.
private struct SortedRanges: Sendable {
    private(set) var starts: [UInt128] = []
    private var ends: [UInt128] = []

    init(_ ranges: [(first: UInt128, last: UInt128)]) {
        for range in ranges.sorted(by: { $0.first < $1.first }) {
            if let end = ends.last, end == .max || range.first <= end + 1 {
                ends[ends.count - 1] = max(end, range.last)
            } else {
                starts.append(range.first)
                ends.append(range.last)
            }
        }
    }

    func contains(_ number: UInt128) -> Bool {
        // INVARIANT: all starts before `low` are at most the number, all from `high` on are above.
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && number <= ends[low - 1]
    }
}

extension HostAddress {
    /// How many bits the address has.
    fileprivate var width: Int {
        switch self {
        case .ipv4: 32
        case .ipv6: 128
        }
    }

    /// The address as one number.
    fileprivate var number: UInt128 {
        switch self {
        case .ipv4(let number): UInt128(number)
        case .ipv6(let high, let low): UInt128(high) << 64 | UInt128(low)
        }
    }

    /// The IPv4 address that an address of `::ffff:0:0/96` stands for.
    fileprivate var mapped: UInt32? {
        guard case .ipv6(high: 0, let low) = self, low &>> 32 == 0xFFFF else { return nil }
        return UInt32(truncatingIfNeeded: low)
    }
}
