import Values

/// A stretch of a file: where a key, a scalar or a mistake stands.
package struct SourceSpan: Sendable, Hashable {
    /// The path of the file, as in `SourceFile`.
    package let path: String
    /// Byte offsets in the file.
    package let range: Range<Int>

    /// These bytes of that file.
    package init(path: String, range: Range<Int>) {
        self.path = path
        self.range = range
    }

    package static func == (left: SourceSpan, right: SourceSpan) -> Bool {
        left.range == right.range && left.path.isExactly(right.path)
    }
}
