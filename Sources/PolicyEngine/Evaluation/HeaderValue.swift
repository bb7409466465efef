/// What may stand in the value of a header that Gatehouse writes.
enum HeaderValue {
    /// Whether the bytes hold no control byte, and neither begin nor end with white space, which the
    /// receiver would take away.
    static func isSafe(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        bytes.first != UInt8(ascii: " ") && bytes.last != UInt8(ascii: " ")
            && bytes.allSatisfy(isSafeByte)
    }

    /// Whether the byte is no control byte.
    static func isSafeByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F
    }

    /// A name that can stand in a list separated by spaces: bytes other than visible ASCII, `%` and
    /// `,` become `%XX`.
    static func listItem(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%"), byte != UInt8(ascii: ",") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexadecimalDigit(byte >> 4))
                bytes.append(hexadecimalDigit(byte & 0x0F))
            }
        }
        return bytes
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

/// The lines that tell an upstream who calls.
///
/// All of them speak of the token's own organization: user, roles and permissions belong together.
/// A fact that is absent has no line.
struct IdentityHeaders {
    /// Complete lines with line ends, and the beginning of the last one, whose value is the name of the
    /// request; empty where a value is unsafe.
    private(set) var lines: [UInt8] = []
    /// Whether a value cannot stand in a header.
    private(set) var hasUnsafeValue = false

    init(
        user: [UInt8],
        organization: [UInt8],
        client: [UInt8],
        roles: [String],
        permissions: [String]
    ) {
        add("Gatehouse-User", user)
        add("Gatehouse-Organization", organization)
        add("Gatehouse-Roles", Self.list(roles))
        add("Gatehouse-Permissions", Self.list(permissions))
        add("Gatehouse-Client", client)
        lines += Self.ofNobody
        if hasUnsafeValue { lines = [] }
    }

    /// What stands in their place where nobody calls: the beginning of the line of the request's name.
    static let ofNobody = Array("Gatehouse-Request-Id: ".utf8)

    private mutating func add(_ name: String, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        if !HeaderValue.isSafe(value) { hasUnsafeValue = true }
        lines += Array(name.utf8) + Array(": ".utf8) + value + Array("\r\n".utf8)
    }

    private static func list(_ names: [String]) -> [UInt8] {
        Array(names.map(HeaderValue.listItem).joined(separator: Array(" ".utf8)))
    }
}
