/// Text that people choose and other people read, in pages and later in mails (X16).
enum OrganizationText {
    /// Without white space at both ends.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Whether the text could pass for something else where it is shown: control characters, text
    /// direction, invisible characters, or (in a line of its own) an address.
    static func misleads(_ text: String, isMultiline: Bool) -> Bool {
        for scalar in text.unicodeScalars where isHidden(scalar) {
            let isLayout = scalar == "\n" || scalar == "\t"
            if !(isMultiline && isLayout) { return true }
        }
        return !isMultiline && text.contains("://")
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: true  // control characters
        case 0x2028, 0x2029: true  // line and paragraph separators
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction
        case 0x200B, 0x2060...0x2064, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true  // invisible
        case 0xE0000...0xE007F: true  // tags
        default:
            scalar.properties.generalCategory == .unassigned
                || scalar.properties.isNoncharacterCodePoint
        }
    }
}
