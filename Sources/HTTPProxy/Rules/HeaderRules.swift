import Values

/// Which lines of a head concern one connection only, or may not come from a client.
enum HeaderRules {
    /// Lines between two neighbours (RFC 9110 § 7.6.1), never passed on as they came: framing is
    /// written anew, and `Upgrade` is not supported.
    private static let hopByHop: UInt64 = bits([
        .connection, .keepAlive, .proxyConnection, .transferEncoding, .te, .trailer, .upgrade,
        .http2Settings, .proxyAuthenticate, .proxyAuthorization, .expect,
    ])

    /// So many names are read of the `Connection` headers of a head.
    private static let maxNamed = 32

    /// Lines that a protected name or a `Connection` header cannot take away.
    private static let indispensable: UInt64 = bits([.host, .contentLength])

    /// Options of `Connection` that name hop-by-hop fields and mean nothing else.
    private static let nominable: UInt64 = bits([
        .keepAlive, .proxyConnection, .te, .upgrade, .http2Settings,
    ])

    /// Names of answers that are meant for the browser: an upstream, or what stands between, may not
    /// take them away by naming them in `Connection`.
    private static let kept = HeaderNameSet(
        names: [
            "Strict-Transport-Security", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
            "X-Content-Type-Options", "X-XSS-Protection", "Clear-Site-Data", "Origin-Agent-Cluster",
            "X-Permitted-Cross-Domain-Policies", "X-Robots-Tag", "Reporting-Endpoints",
            "Deprecation", "Sunset", "Timing-Allow-Origin", "NEL", "Report-To",
        ],
        prefixes: ["Cross-Origin-", "Content-", "Access-Control-"])

    /// Names of answers that only the gateway may use.
    private static let internalNames = HeaderNameSet(names: [], prefixes: ["Gatehouse-"])

    /// Names that go from end to end: a `Connection` header that removes one is an attack.
    private static let endToEnd = HeaderNameSet(
        names: [
            "Accept", "Age", "Allow", "Authorization", "Cache-Control", "Cookie", "Date", "ETag",
            "Expires", "Forwarded", "From", "Host", "Last-Modified", "Link", "Location", "Origin",
            "Pragma", "Range", "Referer", "Retry-After", "Server", "Set-Cookie", "Traceparent",
            "Tracestate", "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Request-Id",
        ],
        prefixes: ["Accept-", "Access-Control-", "Content-", "If-", "Sec-"])

    private static func bits(_ fields: [KnownField]) -> UInt64 {
        fields.reduce(0) { $0 | $1.bit }
    }

    /// Takes out the lines that no upstream may see: hop-by-hop ones, protected ones, those that the
    /// `Connection` header names, and `dropped` ones.
    static func removeUnforwardable(
        from head: inout RequestHead, in bytes: Span<UInt8>, protected: ProtectedHeaders,
        dropped: UInt64
    ) throws(RequestFault) {
        let named =
            head.connection.namesOthers
            ? try namedByConnection(head.fields, in: bytes, protected: protected) : []
        let protectedBits =
            protected.names.knownNames & ~(indispensable | PassageRules.judged) | hopByHop | dropped
        // Most heads hold known names alone, and none of those.
        guard head.present & (protectedBits | KnownField.other.bit) != 0 else { return }
        head.fields.keep { field in
            guard field.known == .other else { return protectedBits & field.known.bit == 0 }
            return !protected.names.contains(field.name, in: bytes)
                && (named.isEmpty || !isNamed(field.name, by: named, in: bytes))
        }
    }

    /// The names in the `Connection` headers that are no options of their own.
    private static func namedByConnection(
        _ fields: FieldList, in bytes: Span<UInt8>, protected: ProtectedHeaders
    ) throws(RequestFault) -> [Range<Int>] {
        var names: [Range<Int>] = []
        for field in fields where field.known == .connection {
            ConnectionOptions.forEach(field.value, in: bytes) {
                if names.count <= maxNamed { names.append($0) }
            }
        }
        // SECURITY: each name is compared with each field; thousands would cost milliseconds.
        guard names.count <= maxNamed else { throw .malformed(.connection) }
        for name in names {
            let known = KnownField.of(name, in: bytes)
            if nominable & known.bit != 0 { continue }
            // SECURITY: else a client could take away what the gateway adds or what the gate
            // judged.
            guard known == .other, !protected.names.contains(name, in: bytes),
                !ProtectedHeaders.standard.names.contains(name, in: bytes),
                !endToEnd.contains(name, in: bytes), !FramingLookAlike.matches(name, in: bytes)
            else { throw .protectedNameInConnection }
        }
        return names
    }

    private static func isNamed(
        _ name: Range<Int>, by names: [Range<Int>], in bytes: Span<UInt8>
    ) -> Bool {
        names.contains { ASCIIText.isSame($0, name, in: bytes) }
    }

    /// Takes the lines out of an answer that the client may not see.
    static func removeUnforwardable(from head: inout ResponseHead, in bytes: Span<UInt8>) {
        var named: [Range<Int>] = []
        if head.connection.namesOthers {
            for field in head.fields where field.known == .connection {
                ConnectionOptions.forEach(field.value, in: bytes) {
                    if named.count < maxNamed, !kept.contains($0, in: bytes),
                        !endToEnd.contains($0, in: bytes)
                    {
                        named.append($0)
                    }
                }
            }
        }
        guard head.present & (hopByHop | KnownField.other.bit) != 0 else { return }
        head.fields.keep { field in
            guard field.known == .other else { return hopByHop & field.known.bit == 0 }
            return !internalNames.contains(field.name, in: bytes)
                && (named.isEmpty || !isNamed(field.name, by: named, in: bytes))
        }
    }

    /// Whether a trailer field may go on (RFC 9110 § 6.5.1): nothing that frames, routes,
    /// authenticates, or changes what the head said.
    static func passesTrailer(
        _ field: FieldLine, in bytes: Span<UInt8>, protected: HeaderNameSet
    ) -> Bool {
        field.known == .other && !protected.contains(field.name, in: bytes)
            && !ProtectedHeaders.standard.names.contains(field.name, in: bytes)
            && !endToEnd.contains(field.name, in: bytes)
    }
}
