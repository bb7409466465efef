/// What stands between the socket of a listener and whoever takes its connections.
package struct ListenerSettings: Sendable {
    /// What is shown and asked under TLS; nil for clear text.
    package var tls: TLSServerContext?
    /// Whose PROXY header is demanded and believed. Everybody else's connection is closed; on a
    /// socket in the file system whoever may open it is believed. Nil: no header is read.
    package var proxyProtocol: AddressSet?

    package init(tls: TLSServerContext? = nil, proxyProtocol: AddressSet? = nil) {
        self.tls = tls
        self.proxyProtocol = proxyProtocol
    }
}
