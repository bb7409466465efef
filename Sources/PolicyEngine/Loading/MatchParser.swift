import Values

/// Reads the text of a `match`.
enum MatchParser {
    /// What is wrong with the text.
    struct Problem: Error {
        let message: String
        var help: String?
    }

    /// INVARIANT: no deeper than a search may recurse; the decoder refuses longer patterns.
    static let maxSegments = 64

    /// The methods and segments of a match.
    static func pattern(
        _ text: String
    ) -> Result<(methods: [String], segments: [RoutePattern.Segment]), Problem> {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("/") else {
            let looksLikePath = text.hasPrefix("/")
            return .failure(
                Problem(
                    message: "a match is methods, one space, and a path",
                    help: looksLikePath
                        ? "write `GET \(text)`, or `ANY \(text)` for all methods"
                        : "for example `GET,POST /orgs/{org}/projects`"
                ))
        }
        let methods = parts[0].split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        if methods.contains(where: \.isEmpty) {
            return .failure(Problem(message: "a method is missing beside a comma"))
        }
        if methods.count > 1, methods.contains("ANY") {
            return .failure(Problem(message: "`ANY` stands alone: it covers all methods"))
        }
        do throws(Problem) {
            return .success((methods, try segments(String(parts[1]))))
        } catch {
            return .failure(error)
        }
    }

    /// The segments of a path that begins with `/`.
    static func segments(_ path: String) throws(Problem) -> [RoutePattern.Segment] {
        let texts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard texts.count <= maxSegments else {
            throw Problem(message: "a path has at most \(maxSegments) segments")
        }
        var segments: [RoutePattern.Segment] = []
        var names: Set<ExactText> = []
        for (index, text) in texts.enumerated() {
            let isLast = index == texts.count - 1
            let segment = try segment(String(text), isLast: isLast)
            if case .parameter(let name) = segment, !names.insert(ExactText(name)).inserted {
                throw Problem(message: "the parameter `{\(name)}` stands twice in the path")
            }
            segments.append(segment)
        }
        return segments
    }

    private static func segment(
        _ text: String,
        isLast: Bool
    ) throws(Problem) -> RoutePattern.Segment {
        if text == "**" {
            guard isLast else { throw Problem(message: "`**` is the last segment of a path") }
            return .rest
        }
        if text.hasPrefix("{"), text.hasSuffix("}") {
            let name = String(text.dropFirst().dropLast())
            guard let first = name.utf8.first, isLetter(first), name.utf8.allSatisfy(isNameByte)
            else {
                throw Problem(
                    message: "`\(text)` is no parameter",
                    help: "its name is letters, digits and `_`, and begins with a letter"
                )
            }
            return .parameter(name)
        }
        if text.isEmpty, !isLast {
            throw Problem(message: "a path has no empty segment", help: "write one `/`")
        }
        if text == "*" {
            throw Problem(
                message: "`*` is no segment",
                help: "write `{name}` for one segment and `**` for the rest"
            )
        }
        try checkLiteral(text)
        return .literal(text)
    }

    /// A literal matches raw bytes, so it must be written as requests spell it.
    private static func checkLiteral(_ text: String) throws(Problem) {
        if text == "." || text == ".." {
            throw Problem(message: "dot segments never match: requests with them are refused")
        }
        for byte in text.utf8 where !isPathByte(byte) {
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "*") {
                throw Problem(
                    message: "`{…}` and `**` are whole segments; `\(text)` mixes them with text"
                )
            }
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
                throw Problem(message: "a match has no query and no fragment")
            }
            // SECURITY: `%c3` and `%C3` are one byte in two spellings, so that a literal with either
            // would let the other past to a broader route.
            throw Problem(
                message: "`\(text)` holds a character that paths carry percent-encoded",
                help: "encoded bytes have several spellings: write `{name}` for such a segment"
            )
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// RFC 3986 § 3.3 `pchar` without `pct-encoded` and without `*`, which is kept for patterns.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || "-.~!$&'()+,=:@".utf8.contains(byte)
    }
}
