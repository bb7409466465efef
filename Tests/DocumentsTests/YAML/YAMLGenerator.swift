import Documents

/// Makes YAML texts of the subset, with the odd spelling in between.
struct YAMLGenerator {
    var random: SeededRandom
    private var serial = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func document() -> String {
        serial = 0
        var text = random.below(8) == 0 ? "---\n" : ""
        if random.below(10) == 0 {
            text += flow(depth: 3) + "\n"
        } else {
            text += block(indent: 0, depth: 3, isOwnLine: true)
        }
        if random.below(8) == 0 { text += "...\n" }
        if random.below(6) == 0 { text = text.replacing("\n", with: "\r\n") }
        if random.below(6) == 0 { text = String(text.dropLast()) }
        return text
    }

    /// Lines that have little to do with each other.
    mutating func jumble() -> String {
        let lines = [
            "a: b", "c:", "- d", "- e: f", "-", "g: [h, i]", "j: {k: l}", "m: |", "n: >-", "text",
            "o: \"p", "q\"", "'r': s", "t: 'u", "v'", "# w", "", "  ", "]", "}", "x: [", "- - z",
            "\"aa\": bb", "cc: dd # ee", "ff: gg: hh", "---", "...", "ii: |+2", "jj : kk", "ll:mm",
            "\"nn\\", "oo\": pp", "- \"qq\"", "- 'rr': |-", "ss, tt]", "? uu", ": vv", "{ww: xx}",
        ]
        return (0...random.below(6))
            .map { _ in String(repeating: " ", count: random.below(5)) + random.pick(lines) }
            .joined(separator: random.below(10) == 0 ? "\r\n" : "\n")
    }

    // MARK: Blocks

    private mutating func block(indent: Int, depth: Int, isOwnLine: Bool) -> String {
        let indentation = String(repeating: " ", count: indent)
        var text = ""
        let isMapping = random.below(3) > 0
        for index in 0...random.below(4) {
            let start = index == 0 && !isOwnLine ? "" : noise(indentation) + indentation
            if isMapping {
                text += start + key() + (random.below(12) == 0 ? " :" : ":")
                text += value(indent: indent, depth: depth, isEntry: true)
            } else {
                text += start + "-"
                if depth > 0, random.below(4) == 0 {
                    let spaces = 1 + random.below(3)
                    text += String(repeating: " ", count: spaces)
                    text += block(indent: indent + 1 + spaces, depth: depth - 1, isOwnLine: false)
                } else {
                    text += value(indent: indent, depth: depth, isEntry: false)
                }
            }
        }
        return text
    }

    /// What stands behind a colon or dash, to the end of its last line.
    private mutating func value(indent: Int, depth: Int, isEntry: Bool) -> String {
        switch random.below(depth > 0 ? 12 : 9) {
        case 0: return "\n"
        case 1: return " " + scalar(indent: indent) + comment() + "\n"
        case 2, 3: return " " + plain() + comment() + "\n"
        case 4: return " " + flow(depth: 2) + comment() + "\n"
        case 5: return blockScalar(indent: indent)
        case 6: return " " + plain() + "\n" + fold(indent) + plain() + comment() + "\n"
        case 7: return "\n" + fold(indent) + scalar(indent: indent) + "\n"
        case 8: return " " + quoted(indent: indent) + "\n"
        case 9 where isEntry:
            return comment() + "\n"
                + String(repeating: " ", count: indent) + "- " + plain() + "\n"
        default:
            return comment() + "\n"
                + block(indent: indent + 1 + random.below(4), depth: depth - 1, isOwnLine: true)
        }
    }

    private mutating func fold(_ indent: Int) -> String {
        let blank = random.below(4) == 0 ? "\n" : ""
        return blank + String(repeating: " ", count: indent + 1 + random.below(4))
    }

    private mutating func noise(_ indentation: String) -> String {
        switch random.below(12) {
        case 0: "\n"
        case 1: indentation + "# comment: [x\n"
        case 2: "    # far\n"
        default: ""
        }
    }

    private mutating func comment() -> String {
        random.below(6) == 0 ? "  # \"it's: {" : ""
    }

    private mutating func blockScalar(indent: Int) -> String {
        let sign = random.pick(["|", ">", "|-", ">-", "|+", ">+"])
        let inner = 1 + random.below(4)
        let given = random.below(4) == 0 ? "\(inner)" : ""
        var text = " " + sign + given + comment() + "\n"
        let indentation = String(repeating: " ", count: indent + inner)
        if given.isEmpty, random.below(3) == 0 { text += "\n" }
        for index in 0..<random.below(5) {
            let more = (index == 0 && given.isEmpty) || random.below(3) > 0 ? "" : "  "
            switch random.below(6) {
            case 0: text += "\n"
            case 1:
                text +=
                    indentation + more + random.pick(["# no", "- no", "a: b", "'", "\tx"])
                    + "\n"
            default: text += indentation + more + plain() + random.pick(["", "", " ", "\t"]) + "\n"
            }
        }
        return text
    }

    // MARK: Brackets

    private mutating func flow(depth: Int) -> String {
        let isMapping = random.below(2) == 0
        let gap = random.pick(["", "", " ", "  ", "\n     ", " # c\n      "])
        let elements = (0..<random.below(4)).map { _ in
            let element =
                depth > 0 && random.below(4) == 0 ? flow(depth: depth - 1) : flowScalar()
            return isMapping ? flowKey() + element : element
        }
        let trail = !elements.isEmpty && random.below(6) == 0 ? "," : ""
        let inside = elements.joined(separator: random.pick([", ", ",", " ,", ",\n     "]))
        return (isMapping ? "{" : "[") + gap + inside + trail + gap + (isMapping ? "}" : "]")
    }

    private mutating func flowKey() -> String {
        serial += 1
        switch random.below(4) {
        case 0: return "\"k\(serial)\":" + random.pick(["", " "])
        case 1: return "'k \(serial)': "
        default: return "k\(serial)" + random.pick([": ", ":  ", " : "])
        }
    }

    private mutating func flowScalar() -> String {
        switch random.below(4) {
        case 0: quoted(indent: 0)
        default: random.pick(Self.words.filter { !$0.contains(where: "[]{},?".contains) })
        }
    }

    // MARK: Scalars

    private mutating func key() -> String {
        serial += 1
        switch random.below(6) {
        case 0: return "\"k\\x41\(serial)\""
        case 1: return "'k''\(serial)'"
        case 2: return "GET /a/{b}/\(serial)"
        default: return random.pick(["k", "é", "a b ", "x-", "read:", "$", "a#b"]) + "\(serial)"
        }
    }

    private mutating func scalar(indent: Int) -> String {
        random.below(2) == 0 ? plain() : quoted(indent: indent)
    }

    private static let words = [
        "a", "b c", "x:y", "http://h:1/p?q=1", "-1", "1.5", "true", "no",
        "null", "~", "été", "日本", "a#b", "a'b", "a\"b", "${x.y}", "a && b", "x == 'y'", "-x", "=",
        "<", "a[1]", "f(a, b)", "(b)", "a{b}",
        "2026-03-02T10:00:00Z", "198.51.100.0/24", "😀", "a  b", "100%", "a*b", "a&b", "a!b", "a|b",
    ]

    private mutating func plain() -> String { random.pick(Self.words) }

    private mutating func quoted(indent: Int) -> String {
        let isDouble = random.below(2) == 0
        let pieces =
            isDouble
            ? [
                "a", " ", "'", "\\\"", "\\\\", "\\n", "\\x41", "\\u00e9", "\\U0001F600", "\\t",
                ": ",
                " #", "é", "\t", "\\/", "\\_", "\\ ",
            ]
            : ["a", " ", "\"", "''", "\\", ": ", " #", "é", "\t", "[", "}"]
        var text = ""
        for _ in 0..<random.below(8) {
            if random.below(8) == 0 {
                text += isDouble && random.below(3) == 0 ? "\\\n" : "\n"
                if random.below(4) == 0 { text += "\n" }
                text += String(repeating: " ", count: indent + 1 + random.below(3))
            } else {
                text += random.pick(pieces)
            }
        }
        return isDouble ? "\"\(text)\"" : "'\(text)'"
    }
}
