import Documents
import Values

/// Turns the nodes of a file into what it declares.
///
/// It goes on after an error, reports every key it does not know, and reads nothing that it does not
/// understand: a key of a part that is not built yet is refused at its place.
struct PolicyDecoder {
    let file: String
    let findings: Findings

    /// The keys that every file may have.
    static let commonKeys = ["gatehouse", "kind", "name", "description", "mode"]

    /// The kind of a file; nil where it says none.
    static func kind(of root: YAMLNode) -> String? { root["kind"]?.scalar?.text }

    /// Decodes a file; nil where its kind is not known.
    func document(_ root: YAMLNode) -> PolicyDocument? {
        guard case .mapping = root.content else {
            findings.error(
                .wrongType,
                "a file is a mapping that begins with `gatehouse: 1`",
                at: root.span
            )
            return nil
        }
        guard let kind = Self.kind(of: root) else {
            findings.error(
                .kindMissing,
                "the file does not say its `kind`",
                at: start(of: root),
                help: "add `kind:` with one of \(Self.list(PolicyDocument.kinds))"
            )
            return nil
        }
        switch kind {
        case "project": return .project(project(root))
        case "vocabulary": return .vocabulary(vocabulary(root))
        case "policy": return .policy(policy(root))
        case "self-service": return .selfService(selfService(root))
        case "fixtures": return .fixtures(fixtures(root))
        case "tests": return .tests(tests(root))
        default:
            unknownKind(kind, root)
            return nil
        }
    }

    private func unknownKind(_ kind: String, _ root: YAMLNode) {
        let place = root["kind"]?.span ?? root.span
        if PolicyDocument.laterKinds.contains(where: kind.isExactly) {
            return notSupported("files of kind `\(kind)`", at: place)
        }
        let suggestion = Suggestion.nearest(to: kind, among: PolicyDocument.kinds)
        findings.error(
            .kindUnknown,
            "no kind of file is called `\(kind)`",
            at: place,
            help: suggestion.map { "did you mean `\($0)`?" }
                ?? "write one of \(Self.list(PolicyDocument.kinds))"
        )
    }

    /// Checks `gatehouse: 1` and reads the mapping of a file with its own keys.
    func header(
        _ root: YAMLNode,
        _ what: String,
        known: [String],
        later: [String] = []
    ) -> Fields {
        let fields = fields(
            root,
            of: what,
            known: Self.commonKeys + known,
            later: ["include"] + later
        )
        if let version = fields["gatehouse"] {
            if version.scalar?.asInteger != 1 {
                findings.error(
                    .formatVersion,
                    "this Gatehouse reads format version 1",
                    at: version.span,
                    help: "write `gatehouse: 1`"
                )
            }
        } else {
            findings.error(
                .formatVersion,
                "the file does not say its format version",
                at: start(of: root),
                help: "begin it with `gatehouse: 1`"
            )
        }
        if let name = fields["name"], let text = string(name, "a name") {
            let isGood =
                text.value.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
                && text.value.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
                }
            if !isGood {
                findings.error(
                    .wrongValue,
                    "`\(text.value)` is no name of a file",
                    at: text.span,
                    help: "a name is lower-case letters, digits and `-`, and begins with a letter"
                )
            }
        }
        if let description = fields["description"] { _ = string(description, "a description") }
        mode(fields, of: "a file")
        return fields
    }

    /// Reads the `mode` of a file or route, for which only `enforce` is built.
    func mode(_ fields: Fields, of what: String) {
        guard let node = fields["mode"],
            let mode = choice(node, "a mode", among: ["enforce", "shadow"])
        else { return }
        if mode.value == "shadow" {
            notSupported("`mode: shadow` of \(what)", at: mode.span, instead: "rules")
        }
    }

    /// Says that something is part of the language and not of this version.
    func notSupported(_ what: String, at span: SourceSpan, instead: String? = nil) {
        findings.error(
            .notSupportedYet,
            "\(what) \(what.hasPrefix("files") ? "are" : "is") not supported yet",
            at: span,
            label: "part of the policy language, but not of this version of Gatehouse",
            help: instead.map { "it is supported for \($0)" } ?? "take it out"
        )
    }

    /// Names in a sentence.
    static func list(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
