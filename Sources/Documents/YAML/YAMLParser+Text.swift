/// The check of the bytes themselves, before anything is read.
extension YAMLParser {
    /// Whether the bytes are text that can be read: UTF-8 without control characters.
    mutating func checkText() -> Bool {
        let limit = min(limits.bytes, YAMLReader.Limits.longest)
        guard bytes.count <= limit else {
            report(.error("yaml-size", "the file is larger than \(limit) bytes", at: span(0..<0)))
            return false
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            report(
                .error(
                    "yaml-utf8", "the file is not UTF-8", at: span(error.byteOffsets),
                    label: "these bytes are no character", help: "save the file as UTF-8"))
            return false
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            report(
                .error(
                    "yaml-bom", "the file begins with a byte order mark", at: span(0..<3),
                    help: "save the file as UTF-8 without a mark"))
            position = 3
            lineStart = 3
        }
        return checkCharacters()
    }

    private mutating func checkCharacters() -> Bool {
        var isReadable = true
        var index = position
        while index < bytes.count {
            let length = refusedLength(at: index)
            if length > 0 {
                isReadable = false
                report(refusal(of: index..<index + length))
                if diagnostics.count >= limits.errors { return false }
            }
            index += max(length, 1)
        }
        return isReadable
    }

    /// The bytes of the character at `index` if it is refused, else 0.
    private func refusedLength(at index: Int) -> Int {
        let byte = bytes[index]
        switch byte {
        case 0x09, 0x0A: return 0
        case 0x0D: return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 0 : 1
        case 0..<0x20, 0x7F: return 1
        case 0xC2: return bytes[index + 1] < 0xA0 ? 2 : 0
        case 0xE2, 0xEF:
            // Line and paragraph separators, which some readers take for line breaks; marks that
            // change the direction of text, so that a person reads another rule than we do; the
            // byte order mark; two that are no characters.
            let scalar = UInt16(bytes[index + 1] & 0x3F) << 6 | UInt16(bytes[index + 2] & 0x3F)
            let code = UInt16(byte & 0x0F) << 12 | scalar
            switch code {
            case 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: return 3
            default: return 0
            }
        default: return 0
        }
    }

    private func refusal(of range: Range<Int>) -> Diagnostic {
        let text = String(decoding: bytes[range], as: UTF8.self)
        let code = text.unicodeScalars.first?.value ?? 0
        let digits = String(code, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        if code == 0x0D {
            return .error(
                "yaml-control", "a carriage return that does not end a line", at: span(range),
                help: "end lines with a line feed")
        }
        return .error(
            "yaml-control", "the invisible character \(name)", at: span(range),
            help: "remove it, or write it as `\\u\(name.dropFirst(2).lowercased())` in a text"
                + " in double quotes")
    }
}
