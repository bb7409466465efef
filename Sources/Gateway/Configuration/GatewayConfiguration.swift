package import Cryptography
package import HTTPProxy
package import JOSE
package import Logto
package import Transport
package import Values

/// The operator's file, `gatehouse.yaml`: parsed once, then never changed.
package struct GatewayConfiguration: Sendable {
    /// The public listeners; at least one.
    package var listeners: [ListenerConfiguration]
    /// Health, readiness, metrics and decisions; never on a public listener.
    package var admin: SocketAddress
    /// Whose `Forwarded`, `X-Forwarded-*` and PROXY headers are believed, and what we are called in
    /// `Via`.
    package var edge: EdgeSettings
    /// How many event loops serve requests; nil: one for each core.
    package var threads: Int?
    package var logto: LogtoConfiguration
    /// Backends by name, in the order of the file.
    package var upstreams: [UpstreamConfiguration]
    /// The folder of the rule files, absolute.
    package var policies: String
    package var selfService: SelfServiceConfiguration
    /// The embedded store; nil: kept in memory, and lost at the end of the process.
    package var storePath: String?
    package var limits: LimitsConfiguration
    package var logs: LogConfiguration
    package var shutdown: ShutdownConfiguration
}

/// The tenant whose tokens count, and how we speak to it.
package struct LogtoConfiguration: Sendable {
    /// The tenant's base address; issuer and key set follow from it.
    package var endpoint: LogtoEndpoint
    /// All accepted issuers, the endpoint's own first. Each differs from the others.
    package var issuers: [IssuerConfiguration]
    /// API resource indicators that are accepted besides organization tokens.
    package var audiences: [String]
    package var algorithms: [SignatureAlgorithm]
    /// Tolerated difference between Logto's clock and ours, in seconds: 0 to 60.
    package var leewaySeconds: Int64
    /// Tokens that live longer are refused, in seconds.
    package var maxTokenLifetimeSeconds: Int64
    /// How often the keys are fetched.
    package var keyRefresh: Duration
    /// How long keys count after the last successful fetch.
    package var keyMaxStale: Duration
    /// The folder of the saved copies of key sets, absolute; nil: none are kept.
    package var keyCache: String?
    /// Where the names of a caller's organization roles come from.
    package var roles: RoleSource
    /// Whether roles give the permissions, in tenants that issue no scopes.
    package var permissionsFromRoles: Bool
    /// Clients for which roles count: the tenant's own applications.
    package var firstPartyClients: Set<ClientID>
    /// Credentials for the Management API; nil: no self-service.
    package var management: ManagementConfiguration?
    /// Keys that Logto signs its webhooks with, two while one replaces the other; empty: there is no
    /// webhook route.
    package var webhookSecrets: [Secret]
}

/// An issuer whose tokens are accepted.
package struct IssuerConfiguration: Sendable, Equatable {
    /// Where its keys come from.
    package enum Keys: Sendable, Equatable {
        /// Its discovery document says where.
        case discover
        /// They are those of the endpoint's own issuer: another name of the same tenant.
        case same
        /// A key set in a file, absolute path.
        case file(String)
    }

    /// The issuer as its tokens name it, compared byte for byte.
    package var issuer: String
    package var keys: Keys
}

/// Machine-to-machine credentials for the Management API.
package struct ManagementConfiguration: Sendable {
    package var clientID: String
    package var clientSecret: Secret
    /// The indicator of the Management API's resource.
    package var resource: String
    /// The address that serves `/api` and the token endpoint.
    package var endpoint: LogtoEndpoint
    /// Our share of the tenant's limit: so many calls in such a time.
    package var rate: (requests: Int, per: Duration)
}

/// A backend.
package struct UpstreamConfiguration: Sendable {
    /// Where a backend listens.
    package enum Place: Sendable, Equatable {
        /// A host name or address, without brackets.
        case host(String, port: UInt16)
        /// A socket in the file system, absolute path.
        case unix(String)
    }

    package var name: String
    package var place: Place
    /// nil: clear text.
    package var tls: UpstreamTLSConfiguration?
    /// What the backend is told as `Host` where the client's is not kept.
    package var authority: String
    /// What is taken off the beginning of the path; empty: nothing.
    package var stripPrefix = ""
    /// What is put in front of the path; empty: nothing.
    package var addPrefix = ""
    package var connectTimeout = Duration.seconds(1)
    /// From the end of the request to the first byte of the answer.
    package var responseTimeout = Duration.seconds(30)
    /// Between two parts of the answer's body.
    package var idleTimeout = Duration.seconds(60)
    /// From the decision to the end of the answer; nil: as long as it takes.
    package var totalTimeout: Duration?
    /// How many connections each loop may have to it.
    package var connections = 1024
}

/// Settings of the built-in organization routes.
package struct SelfServiceConfiguration: Sendable {
    /// What stands before `/organizations`; empty or `/…` without a slash at its end.
    package var prefix: String
    /// The organization role that the creator of an organization gets; nil: none.
    package var creatorRole: String?
    /// Origins whose pages may call the built-in routes.
    package var corsOrigins: [String]
}

/// Bounds of what a client may send and hold.
package struct LimitsConfiguration: Sendable {
    package var requestHeadBytes: Int
    package var headers: Int
    package var bodyBytes: Int
    package var connections: Int
}

/// Where a log goes.
package enum LogDestination: Sendable, Equatable {
    case off
    case standardOutput
    case file(String)
}

/// What is logged, and where.
package struct LogConfiguration: Sendable {
    package var decisions: LogDestination
    package var access: LogDestination
}
