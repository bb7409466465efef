import Values

/// Finds the bearer token of a request (RFC 6750 § 2.1, RFC 9110 § 11.4).
enum BearerToken: Equatable {
    /// There is none: no `Authorization`, or one of another scheme.
    case absent
    /// Its bytes.
    case present(Range<Int>)
    /// The header names the scheme and then something that cannot be one token.
    case malformed

    /// Reads the value of an `Authorization` header.
    ///
    /// Stricter than RFC 9110: exactly one space between scheme and token. Two readings of one header
    /// are an invitation to be judged by one and forwarded by the other.
    static func read(_ value: Range<Int>, in bytes: Span<UInt8>) -> BearerToken {
        let found = locate(value, in: bytes)
        guard case .present(let range) = found, !isToken(bytes.extracting(range)) else {
            return found
        }
        return .malformed
    }

    /// The same without a look at each byte of the token, for a token that may be known already.
    static func locate(_ value: Range<Int>, in bytes: Span<UInt8>) -> BearerToken {
        guard value.count >= 6, hasBearerScheme(value.lowerBound, in: bytes) else { return .absent }
        let behind = value.lowerBound + 6
        guard behind < value.upperBound else { return .malformed }
        guard bytes[behind] == UInt8(ascii: " ") else {
            return HTTPToken.isTokenByte(bytes[behind]) ? .absent : .malformed
        }
        let token = behind + 1..<value.upperBound
        guard !token.isEmpty else { return .malformed }
        return .present(token)
    }

    /// Whether the bytes are a `token68` of RFC 9110 § 11.2.
    static func isToken(_ token: Span<UInt8>) -> Bool {
        let accepted = accepted
        for index in token.indices where !accepted[Int(token[index])] { return false }
        return !token.isEmpty
    }

    /// Whether a query holds a parameter `access_token`, in any encoding of its name.
    ///
    /// A token in a query ends up in logs and histories; beside one in the header it would be a second.
    static func stands(inQuery query: Range<Int>, of bytes: Span<UInt8>) -> Bool {
        var index = query.lowerBound
        while index < query.upperBound {
            if matchesName(at: index, to: query.upperBound, in: bytes) { return true }
            while index < query.upperBound, bytes[index] != UInt8(ascii: "&") { index += 1 }
            index += 1
        }
        return false
    }

    private static let parameterName = Array("access_token".utf8)

    private static func matchesName(at start: Int, to end: Int, in bytes: Span<UInt8>) -> Bool {
        var index = start
        for wanted in parameterName {
            guard index < end else { return false }
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < end, let high = Hexadecimal.value(of: bytes[index]),
                    let low = Hexadecimal.value(of: bytes[index + 1])
                else { return false }
                byte = high << 4 | low
                index += 2
            }
            guard byte == wanted else { return false }
        }
        return index == end || bytes[index] == UInt8(ascii: "=")
            || bytes[index] == UInt8(ascii: "&")
    }

    private static func hasBearerScheme(_ start: Int, in bytes: Span<UInt8>) -> Bool {
        bytes[start] | 0x20 == UInt8(ascii: "b") && bytes[start + 1] | 0x20 == UInt8(ascii: "e")
            && bytes[start + 2] | 0x20 == UInt8(ascii: "a")
            && bytes[start + 3] | 0x20 == UInt8(ascii: "r")
            && bytes[start + 4] | 0x20 == UInt8(ascii: "e")
            && bytes[start + 5] | 0x20 == UInt8(ascii: "r")
    }

    /// For each byte whether it may stand in a token: a look is cheaper than a comparison with ranges,
    /// and a new token has a thousand bytes.
    private static let accepted = (0..<256).map { isTokenByte(UInt8($0)) }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "+"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
