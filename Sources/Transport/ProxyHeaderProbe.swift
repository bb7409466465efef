/// The way in for programs that try the reader of PROXY headers with bytes of all kinds.
package enum ProxyHeaderProbe {
    /// What the bytes begin with: nil where more must come, else what was found.
    package static func reading(_ bytes: [UInt8]) -> (text: String, length: Int)? {
        switch ProxyHeader.parse(bytes.span) {
        case .incomplete: nil
        case .malformed: ("malformed", 0)
        case .complete(let source, let length):
            (source.map { "from \($0)" } ?? "without a source", length)
        }
    }

    /// The most bytes that a header may have.
    package static var longest: Int { ProxyHeader.maxBlockBytes + 16 }
}
