/// The normal form of a field name: what a careless reader behind us may take the name for.
///
/// Letters are lower case, digits stay, and every other byte is a `-`. Many servers turn names into
/// variables (`X-User` and `X_User` both become `HTTP_X_USER`), so a name is removed by its normal
/// form and never by its spelling alone.
package enum HeaderName {
    /// The byte that stands for this one in the normal form.
    @inline(__always)
    package static func normalByte(_ byte: UInt8) -> UInt8 {
        let folded = byte | 0x20
        if folded &- UInt8(ascii: "a") < 26 { return folded }
        if byte &- UInt8(ascii: "0") < 10 { return byte }
        return UInt8(ascii: "-")
    }

    /// The normal form of a name.
    package static func normalForm(_ name: String) -> String {
        String(decoding: name.utf8.map(normalByte), as: UTF8.self)
    }

    /// Whether the bytes are a name whose normal form is the given one.
    package static func isNormalForm(_ form: [UInt8], of name: Span<UInt8>) -> Bool {
        guard form.count == name.count else { return false }
        for index in name.indices where normalByte(name[index]) != form[index] { return false }
        return true
    }
}
