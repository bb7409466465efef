/// Reads one JSON text, strictly.
///
/// Follows RFC 8259 and refuses what it leaves open: a name that occurs twice in an object (compared
/// after unescaping), a byte order mark, lone surrogates, numbers beyond the range of a double, nesting
/// beyond a limit. A NUL character in a string is refused unless `Limits.allowsNUL`. Nothing may
/// follow the value but white space.
package enum JSONReader {
    /// How much is accepted.
    package struct Limits: Sendable, Equatable {
        /// Arrays and objects within each other; never more than `deepest`.
        package var depth: Int
        /// Bytes of the whole text.
        package var bytes: Int
        /// Whether a string may hold `\u0000`. Off by default: a C library behind us would cut the text there.
        package var allowsNUL: Bool

        /// Limits; what is not given has its default.
        package init(depth: Int = 16, bytes: Int = 1 << 20, allowsNUL: Bool = false) {
            self.depth = depth
            self.bytes = bytes
            self.allowsNUL = allowsNUL
        }

        /// Reading recurses, so that no configuration may ask for more than this.
        package static let deepest = 128
    }

    /// Reads the value that these bytes are.
    ///
    /// - Throws: the first thing that is wrong, with its offset.
    package static func read(
        _ bytes: Span<UInt8>, limits: Limits = Limits()
    ) throws(JSONRejection) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONRejection(.tooLong, at: max(0, limits.bytes))
        }
        var parser = JSONParser(
            deepest: min(limits.depth, Limits.deepest), allowsNUL: limits.allowsNUL)
        return try parser.document(bytes)
    }

    /// Reads the value that these bytes are.
    package static func read(
        _ bytes: [UInt8], limits: Limits = Limits()
    ) throws(JSONRejection) -> JSONValue {
        try read(bytes.span, limits: limits)
    }

    /// Reads the value that this text is.
    package static func read(
        text: String, limits: Limits = Limits()
    ) throws(JSONRejection) -> JSONValue {
        try read(text.utf8.span, limits: limits)
    }
}
