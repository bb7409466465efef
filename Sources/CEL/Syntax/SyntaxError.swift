/// Why a text is no expression: the place is the smallest wrong part of it.
package struct SyntaxError: Error, Equatable, Sendable {
    /// One sentence, lower case, no full stop.
    package let message: String
    /// Offsets of UTF-8 bytes in the text of the expression.
    package let range: Range<Int>
    /// What to do about it.
    package let help: String?

    init(_ message: String, at range: Range<Int>, help: String? = nil) {
        self.message = message
        self.range = range
        self.help = help
    }
}
