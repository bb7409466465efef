import Values

/// How the paths of one upstream differ from the ones that clients see: a prefix that is taken away,
/// and one that is put in front.
package struct PrefixRewrite: Sendable {
    /// What is taken away.
    let strip: [UInt8]
    private let add: [UInt8]

    /// Nil where one of them is no prefix. Empty means none.
    package init?(strip: String = "", add: String = "") {
        self.strip = Array(strip.utf8)
        self.add = Array(add.utf8)
        guard Self.isPrefix(self.strip.span), Self.isPrefix(self.add.span) else { return nil }
    }

    /// Whether the text is empty, or a path in its normal form that does not end with a slash.
    package static func isPrefix(_ text: String) -> Bool { isPrefix(Array(text.utf8).span) }

    /// The same of bytes.
    static func isPrefix(_ bytes: Span<UInt8>) -> Bool {
        if bytes.isEmpty { return true }
        guard bytes[bytes.count - 1] != UInt8(ascii: "/") else { return false }
        return (try? PathNormalForm.check(bytes)) != nil
    }

    /// Whether paths stay as they are.
    var isIdentity: Bool { strip.isEmpty && add.isEmpty }

    /// Adds the path that the upstream is asked for.
    ///
    /// The prefix ends where a segment ends: `/api` is no prefix of `/apiadmin`. The prefix alone
    /// becomes `/`.
    ///
    /// - Throws: `RequestFault.outsidePrefix` where the path lacks the prefix; then nothing is added.
    func append(
        _ path: Range<Int>, in bytes: Span<UInt8>, to out: inout ByteBuffer
    ) throws(RequestFault) {
        guard path.count >= strip.count else { throw .outsidePrefix }
        let rest = path.lowerBound &+ strip.count..<path.upperBound
        for index in 0..<strip.count where bytes[path.lowerBound &+ index] != strip[index] {
            throw .outsidePrefix
        }
        guard rest.isEmpty || bytes[rest.lowerBound] == UInt8(ascii: "/") else {
            throw .outsidePrefix
        }
        let start = out.count
        out.append(add)
        if rest.isEmpty { out.append(UInt8(ascii: "/")) } else { out.append(bytes, rest) }
        // SECURITY: what the upstream is asked for has been judged, not only what it was made of.
        do {
            try out.withSpan { (all) throws(PathNormalForm.Rejection) in
                try PathNormalForm.check(all.extracting(start..<all.count))
            }
        } catch {
            out.truncate(to: start)
            throw .pathNotNormal(error)
        }
    }
}
