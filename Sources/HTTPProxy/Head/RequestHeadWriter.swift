import Transport
import Values

/// Writes the head that goes to the upstream: runs of kept lines as they came, then our own lines.
enum RequestHeadWriter {
    private static let transferEncoding: StaticString = "Transfer-Encoding: chunked\r\n"

    /// Adds the whole head to `out`.
    static func write(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, rules: ForwardRules,
        authority: String?, forwarded: [UInt8]?, lines: [UInt8], to out: inout ByteBuffer
    ) {
        var run = 0..<0
        if request.isVersion11, !request.isAbsoluteForm {
            // The request line is already what we would write.
            run = 0..<request.requestLineEnd
        } else {
            out.append(bytes, 0..<request.methodEnd)
            out.append(UInt8(ascii: " "))
            out.append(bytes, request.target)
            out.append(" HTTP/1.1\r\n")
        }
        if let authority {
            out.append(bytes, run)
            run = 0..<0
            out.append("Host: ")
            out.append(text: authority)
            out.append("\r\n")
        }
        let keepsAuthorization = rules.keepsAuthorization
        let removed = rules.removedRequestNames
        let checksRemoved = !removed.isEmpty
        for field in request.fields {
            if field.known == .authorization, !keepsAuthorization { continue }
            if field.known == .host {
                if authority != nil { continue }
            } else if checksRemoved, field.known != .contentLength,
                removed.contains(field, in: bytes)
            {
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
        if let forwarded {
            out.append(forwarded)
            out.append(bytes, request.host)
            out.append("\r\n")
        }
        if !lines.isEmpty { out.append(lines) }
        if request.acceptsTrailers { out.append("TE: trailers\r\nConnection: TE\r\n") }
        if request.body == .chunked { out.append(transferEncoding) }
        out.append("\r\n")
    }

    /// The lines about a client that are the same for each of its requests; the host goes behind.
    static func forwardedLines(for peer: SocketAddress) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(96)
        lines.append("X-Forwarded-For: ")
        PeerText.append(peer, to: &lines)
        lines.append("\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ")
        return lines
    }
}
