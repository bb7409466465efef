/// Base64 with the alphabet of URLs and without padding (RFC 4648 § 5, RFC 7515 § 2).
///
/// Reading is canonical: padding, white space, the other alphabet and non-zero rest bits are refused,
/// so that one value has one spelling.
package enum Base64URL {
    /// The text of these bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            text.append(symbol(first >> 2))
            text.append(symbol((first & 0x03) << 4 | second >> 4))
            if index + 1 < bytes.count { text.append(symbol((second & 0x0F) << 2 | third >> 6)) }
            if index + 2 < bytes.count { text.append(symbol(third & 0x3F)) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, or nil where it is not canonical.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        let rest = text.count % 4
        guard rest != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        for index in text.indices {
            let value = value(of: text[index])
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }

    /// The bytes of a text, or nil where it is not canonical.
    package static func decode(_ text: String) -> [UInt8]? {
        decode(Array(text.utf8).span)
    }

    private static func symbol(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + (value - 26)
        case 52..<62: UInt8(ascii: "0") + (value - 52)
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    /// 0 to 63, or 255 for a byte outside the alphabet.
    private static func value(of symbol: UInt8) -> UInt8 {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): symbol - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): symbol - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: 255
        }
    }
}
