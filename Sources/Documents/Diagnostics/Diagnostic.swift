/// One thing that is wrong with a file, worded for the person who will repair it.
///
/// It says what is wrong (`message`), where (`primary`) and what to do (`help`). It can be thrown, so
/// that an accessor which needs one answer and finds another hands out the finished message.
package struct Diagnostic: Error, Sendable, Equatable {
    /// How much it matters: only an error makes a file unusable.
    package enum Severity: String, Sendable, Comparable, CaseIterable {
        case error, warning, note

        package static func < (left: Severity, right: Severity) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .note: 2
            }
        }
    }

    /// A further place that belongs to the message, with a few words on its part in it.
    package struct Label: Sendable, Equatable {
        /// The place.
        package var span: SourceSpan
        /// What it has to do with the message; may be empty.
        package var text: String

        /// A label at this place.
        package init(_ span: SourceSpan, _ text: String) {
            self.span = span
            self.text = text
        }
    }

    /// How much it matters.
    package var severity: Severity
    /// Stable name, for example `yaml-duplicate-key`.
    package var code: String
    /// One sentence, lower case, no full stop, text of the user in backticks.
    package var message: String
    /// The smallest wrong part; nil when the message is about no place in particular.
    package var primary: SourceSpan?
    /// A few words printed after the caret.
    package var label: String?
    /// Further places, in the same file or in others.
    package var labels: [Label]
    /// Facts that help to understand, a line each.
    package var notes: [String]
    /// What to do; further lines are printed below the first.
    package var help: String?

    /// A finished message.
    package init(
        _ severity: Severity = .error,
        code: String,
        message: String,
        primary: SourceSpan? = nil,
        label: String? = nil,
        labels: [Label] = [],
        notes: [String] = [],
        help: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.primary = primary
        self.label = label
        self.labels = labels
        self.notes = notes
        self.help = help
    }

    /// An error at a place.
    package static func error(
        _ code: String, _ message: String, at primary: SourceSpan?, label: String? = nil,
        labels: [Label] = [], notes: [String] = [], help: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            .error, code: code, message: message, primary: primary, label: label, labels: labels,
            notes: notes, help: help)
    }

    /// A warning at a place.
    package static func warning(
        _ code: String, _ message: String, at primary: SourceSpan?, label: String? = nil,
        labels: [Label] = [], notes: [String] = [], help: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            .warning, code: code, message: message, primary: primary, label: label, labels: labels,
            notes: notes, help: help)
    }
}

extension Sequence<Diagnostic> {
    /// Whether one of them is an error, so that the files must not be used.
    package var containsError: Bool { contains { $0.severity == .error } }
}
