import Documents

/// Collects what is wrong with a rule set, so that one run reports everything.
final class Findings {
    private(set) var list: [Diagnostic] = []

    /// Adds what a reader found.
    func add(_ diagnostics: [Diagnostic]) { list += diagnostics }

    /// Adds an error: the rule set cannot be used.
    func error(
        _ code: DiagnosticCode,
        _ message: String,
        at span: SourceSpan?,
        label: String? = nil,
        labels: [Diagnostic.Label] = [],
        notes: [String] = [],
        help: String? = nil
    ) {
        list.append(
            .error(
                code.rawValue, message, at: span, label: label, labels: labels, notes: notes,
                help: help))
    }

    /// Adds a warning: the rule set works, but probably not as its author thinks.
    func warning(
        _ code: DiagnosticCode,
        _ message: String,
        at span: SourceSpan?,
        label: String? = nil,
        labels: [Diagnostic.Label] = [],
        notes: [String] = [],
        help: String? = nil
    ) {
        list.append(
            .warning(
                code.rawValue, message, at: span, label: label, labels: labels, notes: notes,
                help: help))
    }

    /// Whether that error has been reported, for that place or for any.
    func hasError(_ code: DiagnosticCode, at span: SourceSpan? = nil) -> Bool {
        list.contains { $0.code == code.rawValue && (span == nil || $0.primary == span) }
    }

    /// A name that is not declared, with the nearest one that is.
    func unknown(
        _ code: DiagnosticCode,
        _ noun: String,
        _ name: Located<String>,
        among known: [String],
        of place: String,
        labels: [Diagnostic.Label] = []
    ) {
        let suggestion = Suggestion.nearest(to: name.value, among: known)
        error(
            code,
            "no \(noun) `\(name.value)`",
            at: name.span,
            label: "not among the \(place)",
            labels: labels,
            help: suggestion.map { "did you mean `\($0)`?" }
        )
    }

    /// The findings sorted by file and place, then by code: the same for every order of work.
    var sorted: [Diagnostic] {
        list.enumerated().sorted { left, right in
            let (one, other) = (left.element, right.element)
            let (onePath, otherPath) = (one.primary?.path ?? "", other.primary?.path ?? "")
            if !onePath.utf8.elementsEqual(otherPath.utf8) {
                return onePath.utf8.lexicographicallyPrecedes(otherPath.utf8)
            }
            let oneStart = one.primary?.range.lowerBound ?? 0
            let otherStart = other.primary?.range.lowerBound ?? 0
            return oneStart == otherStart ? left.offset < right.offset : oneStart < otherStart
        }.map(\.element)
    }
}
