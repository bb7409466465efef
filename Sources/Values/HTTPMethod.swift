/// A request method (RFC 9110 § 9): a token, compared by its bytes and with its case.
package struct HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    /// The method as it stands in a request line.
    package let name: String

    private init(known name: String) {
        self.name = name
    }

    /// A method by its name; nil where the name is not a token (RFC 9110 § 5.6.2).
    package init?(token name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isTokenByte) else { return nil }
        self.name = name
    }

    package static let get = HTTPMethod(known: "GET")
    package static let head = HTTPMethod(known: "HEAD")
    package static let post = HTTPMethod(known: "POST")
    package static let put = HTTPMethod(known: "PUT")
    package static let patch = HTTPMethod(known: "PATCH")
    package static let delete = HTTPMethod(known: "DELETE")
    package static let options = HTTPMethod(known: "OPTIONS")
    package static let trace = HTTPMethod(known: "TRACE")
    package static let connect = HTTPMethod(known: "CONNECT")

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
