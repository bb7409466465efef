/// The one spelling of a path that is judged, logged and forwarded.
///
/// Nothing is repaired: a path either has its normal form already or is refused, so that policy and
/// upstream cannot read it differently. Stricter than RFC 3986: dot segments, empty segments, `;`,
/// encoded unreserved bytes, encoded slashes, backslashes and controls, double encoding and encoded
/// bytes that are no UTF-8 are all refused. The case of hexadecimal digits is left alone.
package enum PathNormalForm {
    /// Why a path has no normal form.
    package enum Rejection: String, Error, CaseIterable, Equatable, Sendable {
        case noLeadingSlash = "the path does not begin with a slash"
        case emptySegment = "the path has an empty segment"
        case dotSegment = "the path has a dot segment"
        case encodedUnreserved = "the path encodes a byte that needs no encoding"
        case encodedSeparator = "the path encodes a slash or a backslash"
        case doubleEncoding = "the path is encoded twice"
        case control = "the path encodes a control byte"
        case badEncoding = "the path has a percent sign without two hexadecimal digits"
        case notUTF8 = "the path encodes bytes that are not UTF-8"
        case semicolon = "the path has a semicolon"
        case badByte = "the path has a byte that must be encoded"
    }

    /// Checks that the bytes are a path in its normal form (no query, no fragment).
    package static func check(_ path: Span<UInt8>) throws(Rejection) {
        let count = path.count
        guard count > 0, path[0] == UInt8(ascii: "/") else { throw .noLeadingSlash }
        var segmentStart = 1
        var index = 1
        while index < count {
            let byte = path[index]
            if isPlain(byte) {
                index &+= 1
            } else if byte == UInt8(ascii: "/") {
                try checkSegment(path, from: segmentStart, to: index)
                guard index > segmentStart else { throw .emptySegment }
                index &+= 1
                segmentStart = index
            } else if byte == UInt8(ascii: "%") {
                index = try encoded(path, at: index, inSegmentFrom: segmentStart)
            } else {
                throw byte == UInt8(ascii: ";") ? .semicolon : .badByte
            }
        }
        // An empty last segment is the trailing slash, which routes tell apart.
        try checkSegment(path, from: segmentStart, to: count)
    }

    /// Whether a path, given as text, is in its normal form.
    package static func check(_ path: String) throws(Rejection) {
        try check(Array(path.utf8).span)
    }

    /// Whether the byte may stand unencoded in a segment: `pchar` of RFC 3986 without `%` and `;`.
    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        // Most are letters.
        if (byte | 0x20) &- UInt8(ascii: "a") < 26 { return true }
        // ! $ & ' ( ) * + , - . 0-9 : =  and  @ A-Z _ a-z ~, as one bit for each of 128 bytes.
        let low: UInt64 = 0x27FF_7FD2_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFF
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    private static func checkSegment(
        _ path: Span<UInt8>, from start: Int, to end: Int
    ) throws(Rejection) {
        let length = end - start
        guard length == 1 || length == 2 else { return }
        guard path[start] == UInt8(ascii: "."), path[end - 1] == UInt8(ascii: ".") else { return }
        throw .dotSegment
    }

    /// Checks an encoded byte, or a whole encoded UTF-8 sequence; gives the index behind it.
    private static func encoded(
        _ path: Span<UInt8>, at index: Int, inSegmentFrom start: Int
    ) throws(Rejection) -> Int {
        guard let first = octet(path, at: index) else { throw .badEncoding }
        switch first {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"): throw .encodedSeparator
        case UInt8(ascii: "."): throw .dotSegment
        case UInt8(ascii: "%"):
            // SECURITY: a second decoder behind us would find another path in `%252e`.
            if isHexadecimal(path, at: index + 3), isHexadecimal(path, at: index + 4) {
                throw .doubleEncoding
            }
            return index + 3
        case UInt8(ascii: ";"):
            // SECURITY: who takes parameters away after decoding reads `..;a` as `..`.
            try checkSegment(path, from: start, to: index)
            return index + 3
        case 0..<0x20, 0x7F: throw .control
        case 0x20..<0x7F:
            if isUnreserved(first) { throw .encodedUnreserved }
            return index + 3
        default:
            return try encodedScalar(path, at: index, first: first)
        }
    }

    /// Checks the encoded UTF-8 sequence whose first byte was read (RFC 3629 § 4).
    private static func encodedScalar(
        _ path: Span<UInt8>, at index: Int, first: UInt8
    ) throws(Rejection) -> Int {
        let length: Int
        // The range of the second byte excludes overlong forms, surrogates and what is above
        // U+10FFFF.
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .notUTF8
        }
        for position in 1..<length {
            let at = index + 3 * position
            guard at < path.count, path[at] == UInt8(ascii: "%") else { throw .notUTF8 }
            guard let byte = octet(path, at: at) else { throw .badEncoding }
            let allowed = position == 1 ? second : 0x80...0xBF
            guard allowed.contains(byte) else { throw .notUTF8 }
        }
        return index + 3 * length
    }

    /// The byte that the percent sign at the index encodes; nil without two hexadecimal digits.
    private static func octet(_ path: Span<UInt8>, at index: Int) -> UInt8? {
        guard index + 2 < path.count,
            let high = Hexadecimal.value(of: path[index + 1]),
            let low = Hexadecimal.value(of: path[index + 2])
        else { return nil }
        return high << 4 | low
    }

    private static func isHexadecimal(_ path: Span<UInt8>, at index: Int) -> Bool {
        index < path.count && Hexadecimal.value(of: path[index]) != nil
    }

    /// `unreserved` of RFC 3986: letters, digits, `-`, `.`, `_`, `~`.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
