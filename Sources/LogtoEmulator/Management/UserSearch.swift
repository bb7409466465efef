import Values

/// The search of the user list: `search`, `search.<field>`, `mode.<field>`, `joint`.
struct UserSearch {
    private enum Mode: String, CaseIterable {
        case exact
        case like
        case similar = "similar_to"
        case posix
    }

    private struct Condition {
        let fields: [KeyPath<User, String?>]
        let values: [String]
        let mode: Mode
        let isCaseSensitive: Bool

        func holds(for user: User) -> Bool {
            fields.contains { field in
                guard let text = user[keyPath: field] ?? nil else { return false }
                return values.contains { fits($0, text) }
            }
        }

        private func fits(_ value: String, _ text: String) -> Bool {
            switch mode {
            case .exact:
                isCaseSensitive
                    ? value.isExactly(text) : value.lowercased().isExactly(text.lowercased())
            case .like, .similar: LikePattern(value).matches(text)
            case .posix: PosixPattern.matches(value, in: text)
            }
        }
    }

    private let conditions: [Condition]
    private let isJointByAnd: Bool

    /// Whether a person is to be listed.
    func finds(_ user: User) -> Bool {
        if conditions.isEmpty { return true }
        return isJointByAnd
            ? conditions.allSatisfy { $0.holds(for: user) }
            : conditions.contains { $0.holds(for: user) }
    }

    /// Reads the parameters of a query; what it does not know is ignored, as a real Logto does.
    init(_ query: QueryString) throws(LogtoProblem) {
        let joint = query.all("joint").first ?? "or"
        guard joint.isExactly("or") || joint.isExactly("and") else {
            throw Self.invalid("Search joint mode `\(joint)` is not valid")
        }
        isJointByAnd = joint.isExactly("and")
        let isCaseSensitive = Self.isOn(query.all("isCaseSensitive"))
        let common = try Self.mode(query.all("mode").first)
        var conditions: [Condition] = []
        var seen: Set<ExactText> = []
        for item in query.items {
            guard item.name.isExactly("search") || item.name.hasPrefix("search."),
                seen.insert(ExactText(item.name)).inserted
            else { continue }
            let name = String(item.name.dropFirst("search.".count))
            let values = query.all(item.name)
            guard values.allSatisfy({ !$0.isEmpty }) else {
                throw Self.invalid("Search value cannot be empty.")
            }
            let own = try Self.mode(query.all("mode.\(name)").first)
            let mode = own ?? common ?? .like
            if mode == .similar, !isCaseSensitive {
                throw Self.invalid("Cannot use case-insensitive match for `similar to`.")
            }
            if mode == .posix, !values.allSatisfy(PosixPattern.isValid) { throw .internalError }
            conditions.append(
                Condition(
                    fields: try Self.fields(name), values: values, mode: mode,
                    isCaseSensitive: isCaseSensitive))
        }
        self.conditions = conditions
    }

    private static func isOn(_ values: [String]) -> Bool {
        ["true", "1", "yes", "y"].has(values.first?.lowercased() ?? "")
    }

    private static func mode(_ name: String?) throws(LogtoProblem) -> Mode? {
        guard let name else { return nil }
        guard let mode = Mode(rawValue: name) else {
            throw invalid("Search match mode `\(name)` is not valid")
        }
        return mode
    }

    private static func fields(_ name: String) throws(LogtoProblem) -> [KeyPath<User, String?>] {
        switch ExactText(name) {
        case "": [\.optionalID, \.primaryEmail, \.primaryPhone, \.username, \.name]
        case "id": [\.optionalID]
        case "primaryEmail", "primary_email": [\.primaryEmail]
        case "primaryPhone", "primary_phone": [\.primaryPhone]
        case "username": [\.username]
        case "name": [\.name]
        default: throw invalid("Search field `\(name)` is not valid")
        }
    }

    private static func invalid(_ reason: String) -> LogtoProblem {
        LogtoProblem(
            status: 400, code: "request.invalid_input", message: "Input is invalid. \(reason)",
            data: .members())
    }
}

extension User {
    fileprivate var optionalID: String? { id }
}

/// The little of POSIX patterns that a search needs: a text, bound to an end by `^` or `$`.
///
/// The rest of the language is taken literally. A pattern with an open parenthesis or bracket is no
/// pattern.
enum PosixPattern {
    static func isValid(_ pattern: String) -> Bool {
        let opened = pattern.utf8.filter { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "[") }
        let closed = pattern.utf8.filter { $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "]") }
        return opened.count == closed.count
    }

    static func matches(_ pattern: String, in text: String) -> Bool {
        var rest = Substring(pattern)
        let isBoundLeft = rest.hasPrefix("^")
        if isBoundLeft { rest = rest.dropFirst() }
        let isBoundRight = rest.hasSuffix("$")
        if isBoundRight { rest = rest.dropLast() }
        let escaped = rest.map { "\\\($0)" }.joined()
        let like = (isBoundLeft ? "" : "%") + escaped + (isBoundRight ? "" : "%")
        return LikePattern(like).matches(text)
    }
}
