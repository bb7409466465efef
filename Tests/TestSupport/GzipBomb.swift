/// A few hundred kilobytes that unpack to fifty megabytes of spaces (RFC 1951, RFC 1952).
package enum GzipBomb {
    /// The bytes, in the form of gzip: ten before the compressed data and eight behind it.
    package static func bytes(unpackingTo count: Int = 50_000_000) -> [UInt8] {
        var writer = BitWriter()
        writer.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        // One last block with the fixed codes.
        writer.append(0b1, bits: 1)
        writer.append(0b01, bits: 2)
        // A space, then itself again, 258 at a time: code 285 at distance 1.
        writer.appendCode(0x30 + 0x20, bits: 8)
        for _ in 0..<(count / 258) {
            writer.appendCode(0b1100_0101, bits: 8)
            writer.appendCode(0, bits: 5)
        }
        writer.appendCode(0, bits: 7)
        return writer.bytes + [UInt8](repeating: 0, count: 8)
    }

    private struct BitWriter {
        var bytes: [UInt8] = []
        private var used = 8

        mutating func append(_ value: UInt32, bits: Int) {
            for bit in 0..<bits {
                if used == 8 {
                    bytes.append(0)
                    used = 0
                }
                bytes[bytes.count - 1] |= UInt8(value >> UInt32(bit) & 1) << UInt8(used)
                used += 1
            }
        }

        /// Codes of Huffman trees begin with their highest bit.
        mutating func appendCode(_ code: UInt32, bits: Int) {
            for bit in (0..<bits).reversed() { append(code >> UInt32(bit) & 1, bits: 1) }
        }
    }
}
