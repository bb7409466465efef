package import Transport

/// A public listener.
package struct ListenerConfiguration: Sendable, Equatable {
    package var address: SocketAddress
    /// Certificates; nil: clear text.
    package var tls: ListenerTLSConfiguration?
    /// Whether each connection begins with a PROXY header, whose sender is in `trusted_proxies`.
    package var takesProxyProtocol: Bool

    /// A listener in clear text, unless more is said.
    package init(
        address: SocketAddress, tls: ListenerTLSConfiguration? = nil,
        takesProxyProtocol: Bool = false
    ) {
        self.address = address
        self.tls = tls
        self.takesProxyProtocol = takesProxyProtocol
    }
}

/// A certificate and its key, as files of PEM text. Absolute paths.
package struct IdentityFiles: Sendable, Equatable {
    /// The certificate, and behind it those that lead to its authority.
    package var certificate: String
    package var key: String
}

/// What a listener needs for TLS.
package struct ListenerTLSConfiguration: Sendable, Equatable {
    /// Whom clients must show a certificate of.
    package struct Clients: Sendable, Equatable {
        /// The file of the authorities' certificates, absolute path.
        package var authorities: String
        /// Whether a client without a certificate is refused.
        package var isRequired: Bool
    }

    /// At least one; the first is shown to clients that ask for a name that none of them has.
    package var identities: [IdentityFiles]
    /// nil: clients are not asked for certificates.
    package var clients: Clients?
}

/// How an upstream is reached over TLS. Its certificate is always checked.
package struct UpstreamTLSConfiguration: Sendable, Equatable {
    /// The file of the authorities that may vouch for it, absolute path; nil: the system's.
    package var authorities: String?
    /// What we show it of ourselves.
    package var identity: IdentityFiles?
    /// The name that its certificate must have.
    package var serverName: String
}

/// How the process ends.
package struct ShutdownConfiguration: Sendable, Equatable {
    /// How long requests are served as before once readiness says that the end has begun, so that a
    /// load balancer notices in time.
    package var delay = Duration.zero
    /// How long exchanges under way may take after that.
    package var timeout = Duration.seconds(30)
}
