package import Transport
import Values

/// The text of a peer's address, without making a `String`.
package enum PeerText {
    /// Adds the host part; `unix` for a socket in the file system.
    package static func append(_ peer: SocketAddress, to out: inout ByteBuffer) {
        switch peer {
        case .ipv4(let number, _): append(number, to: &out)
        case .ipv6(let high, let low, _, _): append(high, low, to: &out)
        case .unix: out.append("unix")
        }
    }

    @inline(__always)
    private static func append(_ number: UInt32, to out: inout ByteBuffer) {
        out.reserve(16)
        var shift: UInt32 = 32
        while true {
            shift &-= 8
            let part = UInt8(truncatingIfNeeded: number &>> shift)
            if part >= 10 {
                if part >= 100 { out.append(UInt8(ascii: "0") &+ part / 100) }
                out.append(UInt8(ascii: "0") &+ part / 10 % 10)
            }
            out.append(UInt8(ascii: "0") &+ part % 10)
            if shift == 0 { return }
            out.append(UInt8(ascii: "."))
        }
    }

    /// Adds the host part.
    package static func append(_ peer: SocketAddress, to out: inout [UInt8]) {
        var text = ByteBuffer(capacity: 48)
        append(peer, to: &text)
        text.withSpan { out.append($0) }
    }

    /// RFC 5952: no leading zeros, and the first of the longest runs of zeros becomes `::`.
    private static func append(_ high: UInt64, _ low: UInt64, to out: inout ByteBuffer) {
        let number = UInt128(high) << 64 | UInt128(low)
        func group(_ index: Int) -> UInt16 {
            UInt16(truncatingIfNeeded: number &>> UInt128(112 - 16 * index))
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, group(end) == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        var index = 0
        while index < 8 {
            if index == best.lowerBound, !best.isEmpty {
                out.append("::")
                index = best.upperBound
                continue
            }
            if index > 0, index != best.upperBound || best.isEmpty {
                out.append(UInt8(ascii: ":"))
            }
            let value = group(index)
            var shift: UInt16 = 12
            while shift > 0, value &>> shift == 0 { shift -= 4 }
            while true {
                out.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: value &>> shift) & 0x0F))
                guard shift > 0 else { break }
                shift -= 4
            }
            index += 1
        }
    }
}
