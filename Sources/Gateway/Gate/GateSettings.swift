import Values

/// What a gate knows from the configuration: the same for every loop, and for the life of the process.
struct GateSettings: Sendable {
    /// How clients reach us, for addresses in answers.
    let scheme: StaticString
    /// The issuer that clients get tokens from.
    let issuer: String
    /// The API resource indicators, for the metadata of this resource.
    let audiences: [String]
    /// Tolerated difference between Logto's clock and ours, in seconds.
    let leewaySeconds: Int64
    /// Origins whose pages may call the built-in routes.
    let corsOrigins: [String]
    /// Entries and bytes of a loop's token cache.
    let cachedTokens: Int
    let cachedTokenBytes: Int
}
