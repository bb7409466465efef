import Values

/// Writes the head that goes to the upstream: runs of kept lines as they came, then our own lines.
enum RequestHeadWriter {
    private static let transferEncoding: StaticString = "Transfer-Encoding: chunked\r\n"

    /// Adds the whole head to `out`.
    ///
    /// - Parameter rewrite: how the upstream's paths differ; nil: not at all.
    /// - Throws: `RequestFault` where the path cannot be rewritten; then nothing is added.
    static func write(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, rules: ForwardRules,
        authority: String?, rewrite: PrefixRewrite?, edge: EdgeRules, lines: [UInt8],
        to out: inout ByteBuffer
    ) throws(RequestFault) {
        var run = 0..<0
        if let rewrite {
            let start = out.count
            out.append(bytes, 0..<request.methodEnd)
            out.append(UInt8(ascii: " "))
            do throws(RequestFault) {
                try rewrite.append(request.path, in: bytes, to: &out)
            } catch {
                out.truncate(to: start)
                throw error
            }
            out.append(bytes, request.path.upperBound..<request.target.upperBound)
            out.append(" HTTP/1.1\r\n")
        } else if request.isVersion11, !request.isAbsoluteForm {
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
        appendForwarding(
            request, in: bytes, rewrite: rewrite, edge: edge, to: &out)
        PassageLines.append(
            for: request.id, via: request.isVersion11 ? edge.via : edge.oldVia,
            made: request.made & ~removed.knownNames, to: &out)
        if let maxForwards = request.maxForwards {
            out.append("Max-Forwards: ")
            out.append(decimal: maxForwards &- 1)
            out.append("\r\n")
        }
        if !lines.isEmpty { out.append(lines) }
        if request.acceptsTrailers { out.append("TE: trailers\r\nConnection: TE\r\n") }
        if request.body == .chunked { out.append(transferEncoding) }
        out.append("\r\n")
    }

    @inline(__always)
    private static func appendForwarding(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, rewrite: PrefixRewrite?,
        edge: EdgeRules, to out: inout ByteBuffer
    ) {
        guard edge.setsForwardedFields else { return }
        if request.believesPeer {
            ForwardingWriter.append(
                edge.client, peer: request.peer, isSecure: request.isSecure, host: request.host,
                in: bytes, to: &out)
        } else {
            ForwardingWriter.append(request.origin, host: request.host, in: bytes, to: &out)
        }
        if rewrite != nil || request.believesPeer {
            ForwardingWriter.appendPrefix(
                request.believesPeer ? edge.client.prefix : nil, stripped: rewrite?.strip ?? [],
                in: bytes, to: &out)
        }
    }
}
