/// Text that is equal to another only when its UTF-8 bytes are.
///
/// Swift's `String` compares by canonical equivalence: it calls the Kelvin sign equal to the letter K,
/// and a composed letter equal to a decomposed one. For names of roles, permissions, organizations and
/// people that is an attack, so they are compared and ordered by their bytes.
package struct ExactText: Hashable, Comparable, Sendable {
    /// The text as it came.
    package let text: String

    /// Wraps a text; nothing is changed.
    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.isExactly(right.text)
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
    package init(stringLiteral value: StaticString) {
        text = "\(value)"
    }

    package var description: String { text }
}

extension String {
    /// Whether both texts are the same UTF-8 bytes.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
