/// A request method (RFC 9110 § 9): a token of at most 32 bytes, compared by its bytes and with its
/// case.
///
/// Plain numbers, so that a request copies it without a reference count.
@usableFromInline
package struct HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes of a name: no registered method has more than 17.
    package static let maxBytes = 32

    /// The bytes of the name, eight to a word, the first in the lowest byte.
    @usableFromInline package let words: InlineArray<4, UInt64>
    /// How many bytes the name has.
    @usableFromInline package let count: Int
    /// The number of a known method; 0 for all others, which are told apart by name.
    @usableFromInline let number: UInt8

    private init(known name: String, number: UInt8) {
        words = Self.words(name)
        count = name.utf8.count
        self.number = number
    }

    /// A method by its name; nil where the name is not a token (RFC 9110 § 5.6.2) or too long.
    package init?(token name: String) {
        guard !name.isEmpty, name.utf8.count <= Self.maxBytes,
            name.utf8.allSatisfy(HTTPToken.isTokenByte)
        else { return nil }
        words = Self.words(name)
        count = name.utf8.count
        // The same method has the same number, however it was made.
        number = Self.known.first { $0.name == name }?.number ?? 0
    }

    private static func words(_ name: String) -> InlineArray<4, UInt64> {
        var words = InlineArray<4, UInt64>(repeating: 0)
        for (index, byte) in name.utf8.prefix(maxBytes).enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        return words
    }

    /// The method as it stands in a request line.
    package var name: String {
        var bytes: [UInt8] = []
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: words[index / 8] >> UInt64(index % 8 * 8)))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static let get = HTTPMethod(known: "GET", number: 1)
    package static let head = HTTPMethod(known: "HEAD", number: 2)
    package static let post = HTTPMethod(known: "POST", number: 3)
    package static let put = HTTPMethod(known: "PUT", number: 4)
    package static let patch = HTTPMethod(known: "PATCH", number: 5)
    package static let delete = HTTPMethod(known: "DELETE", number: 6)
    package static let options = HTTPMethod(known: "OPTIONS", number: 7)
    package static let trace = HTTPMethod(known: "TRACE", number: 8)
    package static let connect = HTTPMethod(known: "CONNECT", number: 9)

    private static let known = [
        get, head, post, put, patch, delete, options, trace, connect,
    ]

    @inlinable package static func == (left: HTTPMethod, right: HTTPMethod) -> Bool {
        guard left.number == right.number, left.count == right.count else { return false }
        for index in 0..<4 where left.words[index] != right.words[index] { return false }
        return true
    }

    @usableFromInline package func hash(into hasher: inout Hasher) {
        for index in 0..<4 { hasher.combine(words[index]) }
    }

    /// Whether the method only reads (RFC 9110 § 9.2.1): GET, HEAD, OPTIONS, TRACE.
    @inlinable package var isSafe: Bool {
        number == 1 || number == 2 || number == 7 || number == 8
    }

    /// Whether sending it twice does what sending it once does (RFC 9110 § 9.2.2): those, PUT and DELETE.
    @inlinable package var isIdempotent: Bool {
        isSafe || number == 4 || number == 6
    }

    /// Whether it is `CONNECT` or `TRACE`, which are never routed.
    @inlinable package var isNeverRouted: Bool { number == 8 || number == 9 }

    @usableFromInline package var description: String { name }
}

/// The characters that names of methods and fields are made of.
package enum HTTPToken {
    /// Whether the byte is a `tchar` of RFC 9110 § 5.6.2.
    package static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "^")...UInt8(ascii: "z"),
            UInt8(ascii: "|"), UInt8(ascii: "~"), UInt8(ascii: "!"),
            UInt8(ascii: "#")...UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
