/// A text that must not be seen: it prints, dumps and encodes as `<redacted>`.
package struct Secret: Sendable {
    private let text: String

    /// Keeps a text out of sight.
    package init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one place that sends or compares it.
    package func reveal() -> String { text }

    /// Whether there is nothing in it.
    package var isEmpty: Bool { text.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
