/// The names that no client may send to an upstream: ours, and those that backends trust.
///
/// They are removed from every request under every spelling with the same normal form, and may not
/// be named by a client's `Connection` header.
package struct ProtectedHeaders: Sendable {
    /// The names with the built-in ones.
    package let names: HeaderNameSet
    /// The known ones that the gate may set itself.
    let setByGate: UInt64

    /// The built-in names and the ones that policies set.
    package init(names: [String] = []) {
        self.names = HeaderNameSet(names: names + Self.builtIn, prefixes: Self.builtInPrefixes)
        setByGate = HeaderNameSet(names: names).knownNames
    }

    /// The built-in names alone.
    static let standard = ProtectedHeaders()

    /// No name at all, for a server that stands behind a gateway.
    package static let none = ProtectedHeaders(set: .none)

    private init(set: HeaderNameSet) {
        names = set
        setByGate = 0
    }

    /// Names that a backend may take from a proxy in front of it: identity, routing, and where the
    /// request has been. The last ones pass in their canonical spelling where they are well-formed.
    private static let builtIn = [
        "Forwarded", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP",
        "CF-Connecting-IP", "X-Original-URL", "X-Original-URI", "X-Original-Host",
        "X-Original-Method", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method",
        "X-Method-Override", "X-Client-Cert", "X-Client-Verify", "Proxy-Authorization",
        "Proxy-Authenticate", "Proxy-Connection", "Proxy", "Keep-Alive", "HTTP2-Settings",
        "Upgrade", "Trailer", "Via", "X-Request-Id", "Traceparent", "Tracestate",
    ]

    private static let builtInPrefixes = ["Gatehouse-", "X-Forwarded-", "X-Envoy-", "SSL-Client-"]
}
