import Documents
import JOSE
import Values

/// An inspection as it is printed. The token's bytes and its signature are not.
struct TokenPage {
    private let inspection: TokenInspection
    private let now: UnixTime
    private let namesAudiences: Bool

    /// Members of header and claims that are shown; of more, their number.
    private static let mostMembers = 40
    /// Scopes that are shown.
    private static let mostScopes = 40
    private static let nameWidth = 16

    init(_ inspection: TokenInspection, _ question: TokenQuestion) {
        self.inspection = inspection
        now = question.now
        namesAudiences = !question.accepted.audiences.isEmpty
    }

    // MARK: JSON

    /// One line: `{"accepted", "code", "kind", "organization", "checks"}`.
    var json: String {
        let checks = inspection.checks.map { check -> JSONValue in
            let detail = [check.detail, check.hint, advice(check)].compactMap { $0 }
            return [
                "name": .string(check.name.rawValue), "passed": .bool(check.passed),
                "detail": .string(detail.joined(separator: "; ")),
            ]
        }
        let object: JSONValue = [
            "accepted": .bool(inspection.isAccepted),
            "code": text(inspection.code),
            "kind": text(inspection.kind.map(name)),
            "organization": text(inspection.organization?.text),
            "checks": .array(checks),
        ]
        return JSONWriter.text(object) + "\n"
    }

    private func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    private func name(_ kind: VerifiedToken.Kind) -> String {
        switch kind {
        case .user: "user"
        case .machine: "machine"
        }
    }

    // MARK: Text

    /// The page for people.
    var text: String {
        let trusted = inspection.isAccepted ? "verified" : "not verified"
        var lines: [String] = []
        if let header = inspection.header {
            lines += ["header (\(trusted))"] + members(header) { TokenWords.value($1) } + [""]
        }
        if let claims = inspection.claims {
            lines += ["claims (\(trusted))"] + members(claims, shown) + [""]
            lines += ["in words"] + words(claims) + [""]
        }
        lines.append("checks at \(now.rfc3339)")
        for check in inspection.checks { lines += rows(of: check) }
        lines += [""] + verdict
        return lines.joined(separator: "\n") + "\n"
    }

    private func members(
        _ object: JSONObject, _ show: (String, JSONValue) -> String
    ) -> [String] {
        let shown = object.members.prefix(Self.mostMembers).map { name, value in
            (TokenWords.harmless(name, longest: 40), show(name, value))
        }
        let width = min(24, (shown.map(\.0.count).max() ?? 0) + 2)
        var lines = shown.map { "  \(padded($0, max(width, Self.nameWidth)))\($1)" }
        if object.count > Self.mostMembers {
            lines.append("  … and \(object.count - Self.mostMembers) more")
        }
        return lines
    }

    private func row(_ name: String, _ value: String) -> String {
        "  \(padded(name, Self.nameWidth))\(value)"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// A claim; times in words.
    private func shown(_ name: String, _ value: JSONValue) -> String {
        switch name {
        case "exp": TokenWords.time(value, past: "expired", future: "expires", now: now)
        case "iat": TokenWords.time(value, past: "issued", future: "issued", now: now)
        case "nbf": TokenWords.time(value, past: "valid since", future: "valid", now: now)
        default: TokenWords.value(value)
        }
    }

    private func words(_ claims: JSONObject) -> [String] {
        var lines: [String] = []
        let client = claims["client_id"]?.stringValue.map { TokenWords.harmless($0) }
        switch inspection.kind {
        case .user?: lines.append(row("kind", "a user, through the client \(client ?? "")"))
        case .machine?: lines.append(row("kind", "a machine: its subject is its client"))
        case nil: lines.append(row("kind", "unknown: `sub` or `client_id` is missing"))
        }
        if let actor = claims["act"] {
            let subject = actor["sub"].map { TokenWords.value($0) }
            lines.append(row("acts for it", subject ?? "somebody who is not properly named"))
        }
        switch (inspection.organization?.text, inspection.whereOrganizationStood) {
        case (let name?, .audience?): lines.append(row("organization", "\(name), in its audience"))
        case (let name?, _): lines.append(row("organization", "\(name), in `organization_id`"))
        case (nil, _): lines.append(row("organization", "none"))
        }
        let scopes = Array(inspection.scopes)
        var names = scopes.prefix(Self.mostScopes).map { TokenWords.harmless($0, longest: 80) }
        if scopes.count > names.count { names.append("and \(scopes.count - names.count) more") }
        lines.append(row("scopes", names.isEmpty ? "none" : names.joined(separator: ", ")))
        if case .accepted(let token) = inspection.verdict, let roles = token.roles {
            let shown = roles.prefix(Self.mostScopes).map { TokenWords.harmless($0, longest: 80) }
            lines.append(row("roles", shown.isEmpty ? "none" : shown.joined(separator: ", ")))
        }
        return lines
    }

    // MARK: Checks and verdict

    private func rows(of check: TokenCheck) -> [String] {
        let mark =
            switch check.outcome {
            case .passed: "pass"
            case .failed: "FAIL"
            case .notPossible: "-"
            }
        var lines = ["  \(padded(mark, 6))\(padded(check.name.rawValue, 14))\(check.detail)"]
        for advice in [check.hint, advice(check)].compactMap({ $0 }) {
            lines.append("        \(padded("", 14))= help: \(advice)")
        }
        return lines
    }

    /// What to add to the command line, where that is what is missing.
    private func advice(_ check: TokenCheck) -> String? {
        switch check.outcome {
        case .passed: nil
        case .failed(.audience(.notConfigured)), .failed(.audience(.managementAPI)):
            namesAudiences ? nil : "no audience is named; if this one is right: --audience"
        case .failed: nil
        case .notPossible(.noIssuerNamed): "name the accepted issuers: --issuer, or --config"
        case .notPossible(.noAudienceNamed): "name the accepted audiences: --audience, or --config"
        case .notPossible(.noKeys): "give the issuer's keys: --keys, or --config"
        case .notPossible(.earlierFailure): nil
        }
    }

    private var verdict: [String] {
        switch inspection.verdict {
        case .accepted:
            return ["accepted: what the caller may do is for the policies to say"]
        case .refused(let rejection):
            if inspection.failures.isEmpty {
                return [
                    "undecided, which is no: what could be checked passed, and not everything could be",
                    "  (a gateway that knows no more answers \(rejection.code))",
                ]
            }
            return ["refused: \(rejection.code): \(rejection.description)"]
        }
    }
}
