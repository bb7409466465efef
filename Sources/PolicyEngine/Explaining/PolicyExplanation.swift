package import Documents
import Values

/// One decision step by step: what was asked, in which order, and what would have been needed.
///
/// It is made from the trace of the decision itself, so that it cannot tell another story.
package struct PolicyExplanation: Sendable {
    /// One line of the explanation.
    package struct Line: Sendable {
        /// `route`, `caller`, `wall`, `deny` or `allow`.
        package let stage: String
        /// The id of the route or rule.
        package let name: String
        /// What was asked.
        package let question: String
        /// What came out.
        package let finding: String
        /// Where it is written.
        package let span: SourceSpan?
    }

    /// Whether the request is allowed.
    package let isAllowed: Bool
    /// The status of the answer; 200 stands for "forwarded".
    package let status: Int
    /// The code of the reason; nil where the request is allowed.
    package let reason: String?
    /// The rule that decided.
    package let because: String?
    /// What the rule's author gives as its reason.
    package let becauseText: String?
    /// The setting of the policy that would change the status.
    package let setting: String?
    /// The content hash of the rule set.
    package let policy: String
    /// The steps in the order in which they were taken.
    package let lines: [Line]
    /// What the caller would need, one alternative each; empty where nothing would help.
    package let needed: [String]
    /// What shadow rules would change: `allow` or `deny` and the rule.
    package let shadow: (outcome: String, rule: String)?

    /// The explanation as text for people.
    ///
    /// - Parameter locate: gives the line of a place, as `file:line`; see `PolicyExplanation.locator`.
    package func text(locate: (SourceSpan) -> String) -> String {
        let head =
            isAllowed
            ? "ALLOW\(because.map { " by \($0)" } ?? "")" : "DENY \(status) \(reason ?? "")"
        var rows: [[String]] = lines.map { line in
            let place = line.stage == "route" ? line.span.map(locate) : nil
            let question = [place, line.question].compactMap(\.self).joined(separator: "  ")
            return [line.stage, line.name, question, line.finding]
        }
        if let shadow {
            rows.append(["shadow", shadow.rule, "if it were enforced", shadow.outcome])
        }
        let widths = (0..<3).map { column in
            min(60, rows.map { $0[column].unicodeScalars.count }.max() ?? 0)
        }
        let body = rows.map { row in
            let cells = (0..<3).map { Self.padded(row[$0], to: widths[$0]) } + [row[3]]
            return Self.trimmed(cells.joined(separator: "  "))
        }
        var text = Self.padded(head, to: 58) + " policy \(policy.prefix(19))…\n"
        text += body.map { "\($0)\n" }.joined()
        if let becauseText, !isAllowed { text += "because: \(becauseText)\n" }
        if !needed.isEmpty { text += "to be allowed: \(needed.joined(separator: "; or "))\n" }
        if let setting, !isAllowed { text += "status set by: \(setting)\n" }
        return text
    }

    /// The explanation as a JSON value.
    package func json(locate: (SourceSpan) -> String) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        return .object(
            JSONObject([
                ("decision", .string(isAllowed ? "allow" : "deny")),
                ("status", .integer(Int64(status))),
                ("reason", text(reason)),
                ("because", text(because)),
                ("policy", .string(policy)),
                (
                    "steps",
                    .array(
                        lines.map { line in
                            .object(
                                JSONObject([
                                    ("stage", .string(line.stage)),
                                    ("name", .string(line.name)),
                                    ("question", .string(line.question)),
                                    ("finding", .string(line.finding)),
                                    ("at", text(line.span.map(locate))),
                                ]))
                        })
                ),
                ("needed", .array(needed.map { .string($0) })),
                (
                    "shadow",
                    shadow.map {
                        .object(
                            JSONObject([
                                ("decision", .string($0.outcome)), ("because", .string($0.rule)),
                            ]))
                    } ?? .null
                ),
            ]))
    }

    /// Turns places into `file:line`, with the files that the rule set was loaded from.
    package static func locator(_ files: [SourceFile]) -> (SourceSpan) -> String {
        { span in
            guard let file = files.first(where: { $0.path.isExactly(span.path) }) else {
                return span.path
            }
            let before = file.bytes.prefix(span.range.lowerBound)
            return "\(span.path):\(1 + before.count { $0 == UInt8(ascii: "\n") })"
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        let missing = width - text.unicodeScalars.count
        return missing > 0 ? text + String(repeating: " ", count: missing) : text
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
