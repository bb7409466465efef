import Documents
import Values

extension PolicyDecoder {
    /// Headers that make the message itself, or that the gateway writes: no policy touches them.
    private static let reservedHeaders = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer",
        "upgrade", "expect", "proxy-authorization", "proxy-authenticate", "proxy-connection", "via",
        "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
        "x-forwarded-port", "x-forwarded-prefix", "date",
    ]

    /// A `then`.
    func obligations(_ node: YAMLNode) -> ObligationDeclaration {
        var then = ObligationDeclaration()
        let fields = fields(
            node,
            of: "a `then`",
            known: ["request_headers", "response_headers"],
            later: ["response", "log", "limits"]
        )
        if let node = fields["request_headers"] {
            let fields = self.fields(
                node, of: "`request_headers`", known: ["set", "remove", "keep"])
            then.requestSet = fields["set"].map { settings($0, ofRequest: true) } ?? []
            then.requestRemove = names(fields["remove"], "`remove`")
            then.requestKeep = names(fields["keep"], "`keep`", allowingAll: true)
            for name in then.requestKeep
            where !HeaderName.normalForm(name.value).isExactly("authorization") {
                findings.error(
                    .keepWithoutEffect,
                    "`\(name.value)` cannot be kept",
                    at: name.span,
                    label: "only `Authorization` is removed without being named",
                    help: "take it out"
                )
            }
        }
        if let node = fields["response_headers"] {
            let fields = self.fields(node, of: "`response_headers`", known: ["set"])
            then.responseSet = fields["set"].map { settings($0, ofRequest: false) } ?? []
        }
        return then
    }

    private func names(
        _ node: YAMLNode?,
        _ what: String,
        allowingAll: Bool = false
    ) -> [Located<String>] {
        guard let node else { return [] }
        return strings(node, what, of: "the name of a header")
            .filter { isHeader($0, allowingAll: allowingAll) }
    }

    private func settings(
        _ node: YAMLNode,
        ofRequest: Bool
    ) -> [ObligationDeclaration.Setting] {
        var found: [String: SourceSpan] = [:]
        return entries(node, of: "`set`").compactMap { name, value in
            guard isHeader(name, allowingAll: false),
                let text = string(value, "the value of `\(name.value)`"),
                let template = template(text, value)
            else { return nil }
            let form = HeaderName.normalForm(name.value)
            if let first = found.updateValue(name.span, forKey: form) {
                findings.error(
                    .headerConflict,
                    "`\(name.value)` is set twice",
                    at: name.span,
                    labels: [Diagnostic.Label(first, "first here, in another spelling")]
                )
                return nil
            }
            return ObligationDeclaration.Setting(
                name: name,
                value: Located(template, text.span)
            )
        }
    }

    private func template(_ value: Located<String>, _ node: YAMLNode) -> ValueTemplate? {
        do throws(TemplateParser.Problem) {
            let template = try TemplateParser.template(value.value)
            let texts = template.pieces.compactMap { piece -> String? in
                switch piece {
                case .text(let text): text
                case .join(let join): join.separator
                default: nil
                }
            }
            guard texts.allSatisfy({ $0.utf8.allSatisfy(HeaderValue.isSafeByte) }),
                !Self.isSpace(template.pieces.first, { $0.utf8.first }),
                !Self.isSpace(template.pieces.last, { $0.utf8.last })
            else {
                findings.error(
                    .headerValue,
                    "the value holds a control byte, or white space at its end",
                    at: value.span,
                    help: "a header value is one line of visible text"
                )
                return nil
            }
            return template
        } catch {
            let range = node.scalar?.sourceRange(of: error.range) ?? value.span.range
            let place = SourceSpan(path: file, range: range)
            if error.isLater {
                findings.error(
                    .notSupportedYet,
                    "\(error.message) is not supported yet",
                    at: place,
                    help: error.help
                )
            } else {
                findings.error(
                    .templateSyntax, error.message, at: place, help: error.help)
            }
            return nil
        }
    }

    /// Whether a piece is text that has a space at that end.
    private static func isSpace(
        _ piece: ValueTemplate.Piece?,
        _ end: (String) -> UInt8?
    ) -> Bool {
        if case .text(let text)? = piece { end(text) == UInt8(ascii: " ") } else { false }
    }

    private func isHeader(_ name: Located<String>, allowingAll: Bool) -> Bool {
        guard name.value.utf8.allSatisfy(HTTPToken.isTokenByte) else {
            findings.error(
                .headerName,
                "`\(name.value)` is no name of a header",
                at: name.span,
                help: "a name is letters, digits and `-`"
            )
            return false
        }
        let form = HeaderName.normalForm(name.value)
        if form.hasPrefix("gatehouse-") {
            findings.error(
                .headerReserved,
                "`\(name.value)` belongs to the gateway",
                at: name.span,
                label: "`Gatehouse-…` headers are set on every forwarded request"
            )
            return false
        }
        if !allowingAll, Self.reservedHeaders.contains(where: form.isExactly) {
            findings.error(
                .headerReserved,
                "`\(name.value)` cannot be set or removed by a policy",
                at: name.span,
                label: "it frames the message or is written by the gateway"
            )
            return false
        }
        return true
    }
}
