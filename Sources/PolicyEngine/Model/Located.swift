package import Documents

/// A value, and where it is written.
package struct Located<Value: Sendable>: Sendable {
    /// The value.
    package let value: Value
    /// Where it is written.
    package let span: SourceSpan

    init(_ value: Value, _ span: SourceSpan) {
        self.value = value
        self.span = span
    }
}
