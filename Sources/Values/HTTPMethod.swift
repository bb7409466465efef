/// A request method (RFC 9110 § 9): a token, compared by its bytes and with its case.
package struct HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    /// The method as it stands in a request line.
    package let name: String
    /// The number of a known method; 0 for all others, which are told apart by name.
    private let number: UInt8

    private init(known name: String, number: UInt8) {
        self.name = name
        self.number = number
    }

    /// A method by its name; nil where the name is not a token (RFC 9110 § 5.6.2).
    package init?(token name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isTokenByte) else { return nil }
        self.name = name
        // The same method has the same number, however it was made.
        number = Self.known.first { $0.name == name }?.number ?? 0
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

    package static func == (left: HTTPMethod, right: HTTPMethod) -> Bool {
        left.number == right.number && (left.number != 0 || left.name == right.name)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Whether the method only reads (RFC 9110 § 9.2.1).
    package var isSafe: Bool {
        self == .get || self == .head || self == .options || self == .trace
    }

    /// Whether sending it twice does what sending it once does (RFC 9110 § 9.2.2).
    package var isIdempotent: Bool {
        isSafe || self == .put || self == .delete
    }

    package var description: String { name }
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
