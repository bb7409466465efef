import Values

/// The parameters of a query or of a form, in their order.
struct QueryString {
    /// Names and values, decoded.
    var items: [(name: String, value: String)]

    /// Reads `a=1&b=2` as JavaScript does: empty parts are skipped, `+` is a space, a bad escape
    /// stays as it stands, and bytes that are not UTF-8 become U+FFFD.
    init(_ text: String?) {
        items = (text ?? "").split(separator: "&").map { part in
            guard let equals = part.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                return (name: Self.decode(part, plusIsSpace: true), value: "")
            }
            return (
                name: Self.decode(part[..<equals], plusIsSpace: true),
                value: Self.decode(part[part.utf8.index(after: equals)...], plusIsSpace: true)
            )
        }
    }

    /// Every value of a name.
    func all(_ name: String) -> [String] {
        items.filter { $0.name.isExactly(name) }.map(\.value)
    }

    /// The query with one parameter set: in its place where it has one, at the end otherwise.
    func setting(_ name: String, to value: String) -> QueryString {
        var copy = self
        if let place = items.firstIndex(where: { $0.name.isExactly(name) }) {
            copy.items[place].value = value
        } else {
            copy.items.append((name: name, value: value))
        }
        return copy
    }

    /// The parameters as `application/x-www-form-urlencoded` (WHATWG URL § 5.2).
    var text: String {
        items.map { Self.encode($0.name) + "=" + Self.encode($0.value) }.joined(separator: "&")
    }

    /// Resolves percent escapes; what is no escape stays.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Hexadecimal.value(of: bytes[index + 1]),
                let low = Hexadecimal.value(of: bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                let isSpace = plusIsSpace && bytes[index] == UInt8(ascii: "+")
                decoded.append(isSpace ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"):
                bytes.append(byte)
            case 0x20: bytes.append(UInt8(ascii: "+"))
            default: bytes.append(text: "%" + Hexadecimal.text([byte]).uppercased())
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
