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
        // SECURITY: of the bytes, as `==` compares them. `String`'s own hash is one for all spellings of
        // a text that Unicode holds for alike: whoever chooses the texts could make them all collide.
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 { hasher.combine(word) }
        }
        hasher.combine(word)
        hasher.combine(count)
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
        guard utf8.count == other.utf8.count else { return false }
        let (left, right) = (utf8Span.span, other.utf8Span.span)
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
