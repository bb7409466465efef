import Values

/// Writes heads of answers: an upstream's as copy runs of kept lines, and our own.
enum ResponseHeadWriter {
    /// Adds the head of an upstream's answer. Lines that may not pass are out of `head` already.
    static func write(
        _ head: borrowing ResponseHead, in bytes: Span<UInt8>, rules: ForwardRules, isChunked: Bool,
        closes: Bool, edge: EdgeRules, lines: [UInt8], date: [UInt8], to out: inout ByteBuffer
    ) {
        var run = 0..<0
        if head.isVersion11 {
            run = 0..<head.statusLineEnd
        } else {
            out.append("HTTP/1.1")
            run = 8..<head.statusLineEnd
        }
        let removed = rules.removedResponseNames
        let checksRemoved = !removed.isEmpty
        let dropsLength = isChunked || head.status == 204
        for field in head.fields {
            if field.known == .contentLength {
                if dropsLength { continue }
            } else if checksRemoved, removed.contains(field, in: bytes) {
                continue
            }
            let line = field.line
            if line.lowerBound == run.upperBound {
                run = run.lowerBound..<line.upperBound
            } else {
                out.append(bytes, run)
                run = line
            }
        }
        out.append(bytes, run)
        out.append(head.isVersion11 ? edge.via : edge.oldVia)
        if !lines.isEmpty { out.append(lines) }
        if !head.hasDate { out.append(date) }
        if isChunked { out.append("Transfer-Encoding: chunked\r\n") }
        if closes { out.append("Connection: close\r\n") }
        out.append("\r\n")
    }

    /// Adds a whole refusal, head and body.
    static func write(
        _ refusal: Refusal, answersHead: Bool, closes: Bool, lines: [UInt8], date: [UInt8],
        to out: inout ByteBuffer
    ) {
        appendStatusLine(refusal.status, to: &out)
        out.append(refusal.headers)
        if !refusal.contentType.isEmpty {
            out.append("Content-Type: ")
            out.append(text: refusal.contentType)
            out.append("\r\n")
        }
        finish(
            status: refusal.status, body: refusal.body, answersHead: answersHead, closes: closes,
            lines: lines, date: date, to: &out)
    }

    /// Adds the whole answer of a local service, head and body; false where one of its fields
    /// cannot stand in a head, and then nothing is added.
    static func write(
        _ response: LocalResponse, answersHead: Bool, closes: Bool, lines: [UInt8], date: [UInt8],
        to out: inout ByteBuffer
    ) -> Bool {
        guard (200...599).contains(response.status),
            response.headers.fields.allSatisfy({ isField($0.name, $0.value) })
        else { return false }
        appendStatusLine(response.status, to: &out)
        for field in response.headers.fields {
            out.append(text: field.name)
            out.append(": ")
            out.append(text: field.value)
            out.append("\r\n")
        }
        finish(
            status: response.status, body: response.body, answersHead: answersHead,
            closes: closes, lines: lines, date: date, to: &out)
        return true
    }

    private static func appendStatusLine(_ status: Int, to out: inout ByteBuffer) {
        out.append("HTTP/1.1 ")
        out.append(decimal: status)
        out.append(UInt8(ascii: " "))
        out.append(text: StatusText.reason(status))
        out.append("\r\n")
    }

    private static func finish(
        status: Int, body: [UInt8], answersHead: Bool, closes: Bool, lines: [UInt8],
        date: [UInt8], to out: inout ByteBuffer
    ) {
        if !lines.isEmpty { out.append(lines) }
        out.append(date)
        let hasNoBody = status == 204 || status == 304
        if !hasNoBody {
            out.append("Content-Length: ")
            out.append(decimal: body.count)
            out.append("\r\n")
        }
        if closes { out.append("Connection: close\r\n") }
        out.append("\r\n")
        if !answersHead, !hasNoBody { out.append(body) }
    }

    /// SECURITY: a service may put outside text into a field; CR or LF in it would be a new line.
    private static func isField(_ name: String, _ value: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isTokenByte),
            value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 })
        else { return false }
        // The proxy frames; a service that tries to would frame twice.
        return !["content-length", "transfer-encoding", "connection", "date"].contains {
            HeaderList.isSame(name, $0)
        }
    }
}
