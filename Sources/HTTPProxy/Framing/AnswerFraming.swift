/// How the body of an upstream's answer is framed (RFC 9112 § 6.3), stricter in what is refused: a body
/// where there is none, and bytes behind the end.
enum AnswerFraming {
    /// The framing of a final answer whose head was read.
    ///
    /// - Parameter count: how many bytes stand behind the head already.
    /// - Throws: where the answer has a body that its status does not allow, or ends before the bytes
    ///   that came with it do.
    static func read(
        _ head: borrowing ResponseHead, answeringHead: Bool, followedBy count: Int
    ) throws(ResponseFault) -> ResponseFraming {
        if head.status == 204 || head.status == 205 {
            // SECURITY: one reader takes such a body for the next answer, another does not.
            guard head.contentLength ?? 0 == 0, head.status == 205 || !head.isChunked else {
                throw .bodyNotAllowed
            }
        }
        let framing = head.body(answeringHead: answeringHead)
        switch framing {
        case .none: guard count == 0 else { throw .excess }
        case .length(let length): guard count <= length else { throw .excess }
        case .chunked, .untilClose: break
        }
        return framing
    }
}

/// Interim answers (RFC 9110 § 15.2): the head alone, as often as the upstream likes up to a bound.
enum InterimAnswer {
    /// - Throws: where the head announces a body, which no interim answer has.
    static func check(_ head: borrowing ResponseHead) throws(ResponseFault) {
        guard !head.isChunked, head.contentLength ?? 0 == 0 else { throw .bodyNotAllowed }
    }

    /// Adds the head. Lines that may not pass are out of it already.
    static func write(
        _ head: borrowing ResponseHead, in bytes: Span<UInt8>, rules: ForwardRules,
        to out: inout ByteBuffer
    ) {
        out.append("HTTP/1.1")
        out.append(bytes, 8..<head.statusLineEnd)
        for field in head.fields where field.known != .contentLength {
            if rules.removedResponseNames.contains(field, in: bytes) { continue }
            out.append(bytes, field.line)
        }
        out.append("\r\n")
    }
}
