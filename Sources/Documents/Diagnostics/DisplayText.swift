/// Text as a terminal shows it: how wide it is, and nothing in it that the terminal would obey.
enum DisplayText {
    /// Columns between two stops of a tab.
    private static let tab = 4

    /// Makes text of a message harmless.
    ///
    /// SECURITY: file names and keys come from outside; an escape character in one would otherwise move the
    /// cursor or set the title of whoever reads the log, and a mark of direction would reorder it.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { replacement($0) != $0 }) else { return text }
        var harmless = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { harmless.append(replacement(scalar)) }
        return String(harmless)
    }

    /// Appends a scalar of a source line that stands in this column (from 0), and returns the next column.
    static func append(_ scalar: Unicode.Scalar, at column: Int, to text: inout String) -> Int {
        if scalar == "\t" {
            let width = tab - column % tab
            text += String(repeating: " ", count: width)
            return column + width
        }
        let shown = replacement(scalar)
        text.unicodeScalars.append(shown)
        return column + width(shown)
    }

    /// What is shown for a scalar: itself, or a sign for one that controls.
    private static func replacement(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
        case 0x7F: "\u{2421}"
        case 0x80..<0xA0, 0x200E, 0x200F, 0x061C, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
            "\u{FFFD}"
        default: scalar
        }
    }

    /// Terminal columns: 0 for marks that combine, 2 for wide letters of East Asia and most pictures.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        guard scalar.value >= 0x300 else { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
