package import JOSE

extension TrustConfiguration {
    /// Which tokens this configuration accepts: for the gateway, and for commands that judge a token
    /// as it would.
    package init(_ logto: LogtoConfiguration) {
        self.init(
            issuers: logto.issuers.map(\.issuer), audiences: logto.audiences,
            algorithms: logto.algorithms, leewaySeconds: logto.leewaySeconds,
            maxTokenLifetimeSeconds: logto.maxTokenLifetimeSeconds, roles: logto.roles,
            firstPartyClients: logto.firstPartyClients)
    }
}
