/// The two spellings of an ECDSA signature: JOSE's fixed `r ‖ s` and the DER that libcrypto speaks.
///
/// Neither direction trusts its input: lengths are checked, and DER is read in its one shortest
/// form.
enum ECDSAForm {
    /// Appends the DER form of `r ‖ s` (RFC 3279 § 2.2.3) to an empty buffer.
    ///
    /// - Returns: false where the halves have not the curve's length. Whether r and s lie between 1
    ///   and the group's order is checked by the verification itself.
    static func writeDER(_ fixed: Span<UInt8>, curve: EllipticCurve, to der: inout [UInt8]) -> Bool
    {
        let half = curve.coordinateByteCount
        guard fixed.count == 2 * half else { return false }
        let content =
            integerByteCount(fixed, from: 0, to: half)
            + integerByteCount(fixed, from: half, to: 2 * half)
        der.append(0x30)
        if content > 0x7F { der.append(0x81) }
        der.append(UInt8(truncatingIfNeeded: content))
        appendInteger(fixed, from: 0, to: half, to: &der)
        appendInteger(fixed, from: half, to: 2 * half, to: &der)
        return true
    }

    /// The `r ‖ s` form of a DER signature, or nil where it is not the shortest DER of two numbers
    /// that fit the curve.
    static func fixed(fromDER der: [UInt8], curve: EllipticCurve) -> [UInt8]? {
        var reader = DERReader(bytes: der)
        guard reader.readSequenceHeader(),
            let r = reader.readInteger(byteCount: curve.coordinateByteCount),
            let s = reader.readInteger(byteCount: curve.coordinateByteCount),
            reader.isAtEnd
        else { return nil }
        return r + s
    }

    /// Where the number begins without its leading zero bytes; the last byte always stays.
    private static func start(_ bytes: Span<UInt8>, from: Int, to end: Int) -> Int {
        var index = from
        while index < end - 1, bytes[index] == 0 { index += 1 }
        return index
    }

    /// Bytes of the number as a DER INTEGER with tag and length.
    private static func integerByteCount(_ bytes: Span<UInt8>, from: Int, to end: Int) -> Int {
        let first = start(bytes, from: from, to: end)
        return 2 + (end - first) + (bytes[first] > 0x7F ? 1 : 0)
    }

    private static func appendInteger(
        _ bytes: Span<UInt8>, from: Int, to end: Int, to der: inout [UInt8]
    ) {
        let first = start(bytes, from: from, to: end)
        let needsZero = bytes[first] > 0x7F
        der.append(0x02)
        der.append(UInt8(truncatingIfNeeded: end - first + (needsZero ? 1 : 0)))
        if needsZero { der.append(0) }
        for index in first..<end { der.append(bytes[index]) }
    }
}

/// Reads the two numbers of a DER signature.
private struct DERReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Tag and length of a sequence that ends where the bytes end.
    mutating func readSequenceHeader() -> Bool {
        guard next() == 0x30, var length = next() else { return false }
        if length == 0x81 {
            guard let long = next(), long > 0x7F else { return false }
            length = long
        } else if length > 0x7F {
            return false
        }
        return Int(length) == bytes.count - position
    }

    /// One positive INTEGER, padded to so many bytes.
    mutating func readInteger(byteCount: Int) -> [UInt8]? {
        guard next() == 0x02, let length = next(), length > 0, length <= 0x7F,
            Int(length) <= bytes.count - position
        else { return nil }
        var digits = bytes[position..<position + Int(length)]
        position += Int(length)
        guard let first = digits.first, first <= 0x7F else { return nil }
        if first == 0, digits.count > 1 {
            digits = digits.dropFirst()
            guard let second = digits.first, second > 0x7F else { return nil }
        }
        guard digits.count <= byteCount else { return nil }
        return [UInt8](repeating: 0, count: byteCount - digits.count) + digits
    }
}
