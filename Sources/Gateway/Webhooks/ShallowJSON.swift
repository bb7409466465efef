/// Cuts out of a JSON text what is nested deeper than anybody reads.
enum ShallowJSON {
    /// The text with `null` in place of every array and object below the given level; the outermost is
    /// the first. What is left is for a strict reader: this one checks nothing.
    static func cut(_ text: [UInt8], below level: Int) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(min(text.count, 4_096))
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            let isKept = depth <= level
            if isInString {
                if isKept { kept.append(byte) }
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth == level + 1 { kept.append(contentsOf: Array("null".utf8)) }
                if depth <= level { kept.append(byte) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth <= level { kept.append(byte) }
                depth = max(0, depth - 1)
            default:
                isInString = byte == UInt8(ascii: "\"")
                if isKept { kept.append(byte) }
            }
        }
        return kept
    }
}
