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
        let rest = text.count & 3
        guard rest != 1 else { return nil }
        let whole = text.count - rest
        let values = values
        // What any symbol has wrong shows in the upper two bits, what the last has left over below.
        var wrong: UInt8 = 0
        let bytes = [UInt8](capacity: whole / 4 * 3 + max(rest - 1, 0)) { output in
            var index = 0
            while index < whole {
                let first = values[Int(text[index])]
                let second = values[Int(text[index + 1])]
                let third = values[Int(text[index + 2])]
                let fourth = values[Int(text[index + 3])]
                wrong |= (first | second | third | fourth) & 0xC0
                output.append(first << 2 | second >> 4)
                output.append(second << 4 | third >> 2)
                output.append(third << 6 | fourth)
                index += 4
            }
            guard rest > 0 else { return }
            let first = values[Int(text[index])]
            let second = values[Int(text[index + 1])]
            let third = rest == 3 ? values[Int(text[index + 2])] : 0
            wrong |= (first | second | third) & 0xC0
            output.append(first << 2 | second >> 4)
            if rest == 3 {
                output.append(second << 4 | third >> 2)
                wrong |= third & 0x03
            } else {
                wrong |= second & 0x0F
            }
        }
        return wrong == 0 ? bytes : nil
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

    /// For each byte 0 to 63, or 255 where it is outside the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for value in UInt8(0)..<64 { values[Int(symbol(value))] = value }
        return values
    }()
}
