import Values

/// The request target, taken apart (RFC 9112 § 3.2).
struct RequestTarget {
    /// The path, without query.
    let path: Range<Int>
    /// What stands behind the first `?`.
    let query: Range<Int>?
    /// Whether it is the `*` of `OPTIONS *`.
    let isAsterisk: Bool

    /// Takes origin form, `*` with OPTIONS, and absolute form that names the scheme by which the
    /// request came, and the same host as `Host`.
    static func read(
        _ target: Range<Int>, of method: HTTPMethod, host: Range<Int>, isSecure: Bool,
        in bytes: Span<UInt8>
    ) throws(RequestFault) -> RequestTarget {
        let first = bytes[target.lowerBound]
        if first == UInt8(ascii: "/") {
            return try origin(target, in: bytes)
        }
        if first == UInt8(ascii: "*"), target.count == 1, method == .options {
            return RequestTarget(path: target, query: nil, isAsterisk: true)
        }
        guard
            isSecure
                ? ASCIIText.hasPrefix(target, in: bytes, "https://")
                : ASCIIText.hasPrefix(target, in: bytes, "http://")
        else { throw .malformed(.target) }
        let start = target.lowerBound + (isSecure ? 8 : 7)
        var index = start
        while index < target.upperBound, bytes[index] != UInt8(ascii: "/") { index += 1 }
        // An absolute target without a path would have to be repaired.
        guard index < target.upperBound else { throw .malformed(.target) }
        guard Authority.isValid(start..<index, in: bytes) else { throw .malformed(.target) }
        guard ASCIIText.isSame(start..<index, host, in: bytes) else {
            throw .malformed(.hostDiffers)
        }
        return try origin(index..<target.upperBound, in: bytes)
    }

    /// Divides at the first `?`; a `#` belongs into no target.
    private static func origin(
        _ target: Range<Int>, in bytes: Span<UInt8>
    ) throws(RequestFault) -> RequestTarget {
        let question = bytes.first(UInt8(ascii: "?"), or: UInt8(ascii: "#"), in: target)
        guard question < target.upperBound else {
            return RequestTarget(path: target, query: nil, isAsterisk: false)
        }
        let hash = UInt8(ascii: "#")
        guard bytes[question] != hash,
            bytes.first(hash, or: hash, in: question..<target.upperBound) == target.upperBound
        else { throw .malformed(.target) }
        return RequestTarget(
            path: target.lowerBound..<question, query: question &+ 1..<target.upperBound,
            isAsterisk: false)
    }
}

/// `host [":" port]`: a name, an IPv4 address, or an IPv6 address in brackets.
enum Authority {
    /// Whether the bytes are an authority without user information, in a form with one reading.
    ///
    /// Stricter than RFC 3986: names are letters, digits, `-`, `_` and single dots; the port is 1
    /// to 65535 without leading zeros.
    static func isValid(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard (1...261).contains(range.count) else { return false }
        // Most are names without a port.
        if bytes.isDottedName(range) { return true }
        let hostEnd =
            bytes[range.lowerBound] == UInt8(ascii: "[")
            ? endOfAddress(range, in: bytes) : endOfName(range, in: bytes)
        guard let hostEnd else { return false }
        if hostEnd == range.upperBound { return true }
        guard bytes[hostEnd] == UInt8(ascii: ":") else { return false }
        return Port.read(hostEnd + 1..<range.upperBound, in: bytes) != nil
    }

    private static func endOfName(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound {
            let label = index
            while index < range.upperBound, isNameByte(bytes[index]) { index &+= 1 }
            guard index > label else { return nil }
            guard index < range.upperBound, bytes[index] == UInt8(ascii: ".") else {
                return index
            }
            index &+= 1
        }
        // SECURITY: a dot at the end means the same host to DNS and another one to a rule.
        return nil
    }

    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// Behind the closing bracket of an IPv6 address, whose shape alone is checked.
    private static func endOfAddress(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        var index = range.lowerBound + 1
        var colons = 0
        while index < range.upperBound, bytes[index] != UInt8(ascii: "]") {
            switch bytes[index] {
            case UInt8(ascii: ":"): colons += 1
            case UInt8(ascii: "."): break
            default:
                guard Hexadecimal.value(of: bytes[index]) != nil else { return nil }
            }
            index += 1
        }
        guard index < range.upperBound, (2...7).contains(colons),
            index - range.lowerBound <= 46
        else { return nil }
        return index + 1
    }

    /// The digits of the port of a valid authority; nil where it names none.
    static func port(of range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int>? {
        var index = range.upperBound
        while index > range.lowerBound, bytes[index &- 1] &- UInt8(ascii: "0") < 10 { index &-= 1 }
        guard index < range.upperBound, index > range.lowerBound,
            bytes[index &- 1] == UInt8(ascii: ":")
        else { return nil }
        return index..<range.upperBound
    }
}
