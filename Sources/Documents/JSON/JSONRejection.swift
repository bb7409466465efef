/// Why bytes are not the JSON text that they should be, and where.
package struct JSONRejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: String, Sendable, CaseIterable {
        case empty
        case tooLong
        case tooDeep
        case byteOrderMark
        case invalidUTF8
        case unexpectedCharacter
        case unexpectedEnd
        case trailingText
        case duplicateName
        case controlCharacter
        case nulCharacter
        case invalidEscape
        case loneSurrogate
        case invalidNumber
        case numberOutOfRange
    }

    /// What is wrong.
    package let reason: Reason
    /// The byte at which it was noticed.
    package let offset: Int

    /// A rejection at a byte.
    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// A sentence for logs and messages; it repeats nothing of the text itself.
    package var description: String { "\(sentence) at byte \(offset)" }

    private var sentence: String {
        switch reason {
        case .empty: "no JSON value"
        case .tooLong: "more bytes than the limit"
        case .tooDeep: "nested deeper than the limit"
        case .byteOrderMark: "byte order mark"
        case .invalidUTF8: "invalid UTF-8"
        case .unexpectedCharacter: "unexpected character"
        case .unexpectedEnd: "the text ends too early"
        case .trailingText: "text after the value"
        case .duplicateName: "member name that occurred before"
        case .controlCharacter: "unescaped control character in a string"
        case .nulCharacter: "NUL character in a string"
        case .invalidEscape: "unknown escape sequence"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidNumber: "malformed number"
        case .numberOutOfRange: "number out of range"
        }
    }
}
