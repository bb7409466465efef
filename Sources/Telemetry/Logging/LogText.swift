/// Writes text from outside into log lines, so that it stays text.
///
/// SECURITY: a value must not end its line, forge another one, or reach a terminal as a command.
/// Control characters (C0, DEL and C1), the Unicode line separators and the characters that change
/// the direction of text are therefore written as `\uXXXX`, in JSON and in text lines alike.
package enum LogText {
    /// Longer values are cut after this many bytes, and end with `…`.
    package static let maxValueBytes = 4_096

    /// Appends `text` between double quotes, escaped as a JSON string.
    package static func appendQuoted(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        appendEscaped(text, to: &line)
        line.append(UInt8(ascii: "\""))
    }

    /// Appends `text` escaped as inside a JSON string, without quotes, at most `maxValueBytes` of
    /// it.
    package static func appendEscaped(_ text: String, to line: inout [UInt8]) {
        var written = 0
        for scalar in text.unicodeScalars {
            let width = UTF8.width(scalar)
            guard written + width <= maxValueBytes else {
                line.append(contentsOf: "…".utf8)
                return
            }
            written += width
            append(scalar, to: &line)
        }
    }

    /// Whether `text` can stand in a text line without quotes: printable ASCII without the
    /// characters that structure the line.
    package static func isBare(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= maxValueBytes else { return false }
        return text.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && byte != UInt8(ascii: "=")
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        switch scalar.value {
        case 0x22:
            line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
        case 0x5C:
            line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
        case 0x0A:
            line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
        case 0x0D:
            line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
        case 0x09:
            line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069,
            0xFEFF:
            appendEscape(UInt16(scalar.value), to: &line)
        default:
            line.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// `\uXXXX`.
    private static func appendEscape(_ unit: UInt16, to line: inout [UInt8]) {
        line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: (unit >> UInt16(shift)) & 0xF)
            line.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
