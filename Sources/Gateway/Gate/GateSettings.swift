/// What a gate knows from the configuration: the same for every loop, and for the life of the process.
struct GateSettings: Sendable {
    /// Origins whose pages may call the built-in routes.
    let corsOrigins: [String]
    /// Entries and bytes of a loop's token cache.
    let cachedTokens: Int
    let cachedTokenBytes: Int
}
