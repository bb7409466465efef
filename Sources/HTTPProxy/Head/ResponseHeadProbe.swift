import Transport

/// The way in for programs that try the scanner of answers' heads with bytes of all kinds.
package enum ResponseHeadProbe {
    /// What bytes were read as.
    package enum Verdict: Equatable, Sendable {
        /// More must come.
        case incomplete
        /// Why they are no head of an answer.
        case refused(String)
        /// A head of so many bytes, and what the client would get.
        case accepted(status: Int, framing: String, length: Int, forwarded: [UInt8])
    }

    /// Reads bytes as the head of an answer, and writes what would be forwarded.
    package static func verdict(_ bytes: [UInt8]) -> Verdict {
        var head = ResponseHead()
        do throws(ResponseFault) {
            guard
                try ResponseHeadScanner.scan(
                    bytes.span, limits: HeadScanner.Limits(), into: &head)
            else { return .incomplete }
        } catch {
            return .refused("\(error)")
        }
        let framing = head.body(answeringHead: false)
        HeaderRules.removeUnforwardable(from: &head, in: bytes.span)
        // Always the same name: what is forwarded is compared.
        let settings = EdgeSettings(trustedProxies: .empty, identifier: "probe")
        let edge = EdgeRules(settings ?? EdgeSettings(), setsForwardedFields: true)
        var out = ByteBuffer()
        ResponseHeadWriter.write(
            head, in: bytes.span, rules: .standard, isChunked: framing == .chunked, closes: false,
            edge: edge, lines: [],
            date: Array("Date: Mon, 02 Mar 2026 10:00:00 GMT\r\n".utf8), to: &out)
        return .accepted(
            status: head.status, framing: "\(framing)", length: head.end, forwarded: out.array())
    }
}
