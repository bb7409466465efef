/// SipHash-1-3: a keyed hash of bytes for tables whose keys others choose. Without the key nobody
/// can make many texts fall into one place.
///
/// One round per word and three at the end, as hash tables use it. The counts are parameters of one
/// function, so that the published vectors of SipHash-2-4 check the rest.
package struct SipHash: Sendable {
    private let key: (UInt64, UInt64)

    /// A hash under a random 128-bit key.
    package init(key: (UInt64, UInt64)) {
        self.key = key
    }

    /// The hash of the bytes.
    package func hash(_ bytes: Span<UInt8>) -> UInt64 {
        hash(bytes, rounds: 1, lastRounds: 3)
    }

    @inline(__always)
    func hash(_ bytes: Span<UInt8>, rounds: Int, lastRounds: Int) -> UInt64 {
        var state = State(key: key)
        let words = bytes.count & ~7
        var index = 0
        while index < words {
            state.compress(bytes.word(at: index), rounds: rounds)
            index += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while index < bytes.count {
            last |= UInt64(bytes[index]) << shift
            shift += 8
            index += 1
        }
        state.compress(last, rounds: rounds)
        return state.finish(rounds: lastRounds)
    }

    private struct State {
        var v0: UInt64
        var v1: UInt64
        var v2: UInt64
        var v3: UInt64

        @inline(__always)
        init(key: (UInt64, UInt64)) {
            v0 = key.0 ^ 0x736f_6d65_7073_6575
            v1 = key.1 ^ 0x646f_7261_6e64_6f6d
            v2 = key.0 ^ 0x6c79_6765_6e65_7261
            v3 = key.1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func compress(_ word: UInt64, rounds: Int) {
            v3 ^= word
            for _ in 0..<rounds { round() }
            v0 ^= word
        }

        @inline(__always)
        mutating func finish(rounds: Int) -> UInt64 {
            v2 ^= 0xFF
            for _ in 0..<rounds { round() }
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1
            v1 = Self.rotate(v1, 13) ^ v0
            v0 = Self.rotate(v0, 32)
            v2 &+= v3
            v3 = Self.rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = Self.rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = Self.rotate(v1, 17) ^ v2
            v2 = Self.rotate(v2, 32)
        }

        @inline(__always)
        private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value &<< bits | value &>> (64 &- bits)
        }
    }
}

extension Span<UInt8> {
    /// Eight bytes from `index`, the first lowest. A part of known length needs one check of its
    /// bounds, and the compiler reads it as one word.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        let part = extracting(index..<(index &+ 8))
        var word = UInt64(part[0])
        word |= UInt64(part[1]) &<< 8
        word |= UInt64(part[2]) &<< 16
        word |= UInt64(part[3]) &<< 24
        word |= UInt64(part[4]) &<< 32
        word |= UInt64(part[5]) &<< 40
        word |= UInt64(part[6]) &<< 48
        word |= UInt64(part[7]) &<< 56
        return word
    }

    /// Whether both are the same bytes. All are looked at: a loop that never leaves early is compiled
    /// to comparisons of 32 bytes at a time.
    @inline(__always)
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<count { difference |= self[index] ^ other[index] }
        return difference == 0
    }
}
