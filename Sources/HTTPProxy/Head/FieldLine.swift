/// One field line of a head, as offsets into the bytes beside it.
package struct FieldLine: Sendable {
    /// The name begins the line.
    let start: UInt32
    /// The end of the name: the colon.
    let nameEnd: UInt32
    /// The value without the white space around it.
    let valueStart: UInt32
    let valueEnd: UInt32
    /// Behind the line's CR LF.
    let end: UInt32
    /// Which name it is, if a known one.
    let known: KnownField

    /// The bytes of the name.
    package var name: Range<Int> { Int(start)..<Int(nameEnd) }
    /// The bytes of the value.
    package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    /// The whole line with its end.
    var line: Range<Int> { Int(start)..<Int(end) }
}

/// What is wrong with a field line.
enum FieldLineFault: Error {
    case lineEnd, name, value, folding
}

/// Reads field lines one after the other, in heads and in trailers, requests and responses.
enum FieldLineScanner {
    /// What stands at the offset.
    enum Line {
        case field(FieldLine)
        /// The empty line; the offset is behind it.
        case endOfFields
        /// The bytes end within the line.
        case incomplete
    }

    /// Reads the line at `offset` and moves the offset behind it.
    ///
    /// Follows RFC 9112 § 5 and § 2.2, stricter in that a bare LF ends no line and that folded
    /// lines are refused. Values may hold HTAB, SP, visible ASCII and bytes above 0x7F.
    @inline(__always)
    static func next(
        _ bytes: Span<UInt8>, at offset: inout Int, limit: Int
    ) throws(FieldLineFault) -> Line {
        let start = offset
        guard start < limit else { return .incomplete }
        if bytes[start] == 0x0D {
            return try endOrFault(bytes, at: &offset, stop: start, limit: limit)
        }
        // Most names are known ones; those need no look at each byte.
        var index = bytes.shortColon(from: start, limit: limit)
        var known = index > start ? KnownField.of(start..<index, in: bytes) : .other
        if known == .other {
            let isNear = index > start
            index = start
            while index < limit, isTokenByte(bytes[index]) { index &+= 1 }
            // SECURITY: a name at the very end of the bytes is known as well; what it means must not
            // depend on what follows.
            if !isNear { known = KnownField.ofFar(start..<index, in: bytes) }
        }
        guard index < limit else { return .incomplete }
        guard index > start, bytes[index] == UInt8(ascii: ":") else {
            return try endOrFault(bytes, at: &offset, stop: index, limit: limit)
        }
        let nameEnd = index
        index &+= 1
        while index < limit, isBlank(bytes[index]) { index &+= 1 }
        let valueStart = index
        index = bytes.endOfValue(from: index, limit: limit)
        guard index < limit else { return .incomplete }
        guard bytes[index] == 0x0D else {
            throw bytes[index] == 0x0A ? .lineEnd : .value
        }
        guard index &+ 1 < limit else { return .incomplete }
        guard bytes[index &+ 1] == 0x0A else { throw .value }
        offset = index &+ 2
        while index > valueStart, isBlank(bytes[index &- 1]) { index &-= 1 }
        return .field(
            FieldLine(
                start: UInt32(truncatingIfNeeded: start),
                nameEnd: UInt32(truncatingIfNeeded: nameEnd),
                valueStart: UInt32(truncatingIfNeeded: valueStart),
                valueEnd: UInt32(truncatingIfNeeded: index),
                end: UInt32(truncatingIfNeeded: offset),
                known: known))
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// `tchar` of RFC 9110 § 5.6.2, as one bit for each of 128 bytes.
    @inline(__always)
    static func isTokenByte(_ byte: UInt8) -> Bool {
        // Most are letters and hyphens.
        if (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-") { return true }
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    /// The line is no field: the empty line, or refused.
    private static func endOrFault(
        _ bytes: Span<UInt8>, at offset: inout Int, stop: Int, limit: Int
    ) throws(FieldLineFault) -> Line {
        let start = offset
        if isBlank(bytes[start]) { throw .folding }
        guard stop == start, bytes[start] == 0x0D else {
            throw bytes[start] == 0x0A ? .lineEnd : .name
        }
        guard start + 1 < limit else { return .incomplete }
        guard bytes[start + 1] == 0x0A else { throw .lineEnd }
        offset = start + 2
        return .endOfFields
    }
}
