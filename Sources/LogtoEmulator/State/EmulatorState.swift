import Cryptography
import Values

/// Everything that changes while an emulator runs.
struct EmulatorState: Sendable {
    var tenant = Tenant()
    var keys: KeyRing
    var signIns: [SignIn] = []
    var refreshTokens: [ExactText: RefreshToken] = [:]
    /// Authorization codes that were not used yet, by sign-in.
    var codes: [ExactText: Int] = [:]
    var faults = FaultPlan()
    /// The address under which clients reach the emulator.
    var endpoint: String
    /// The application that manages the tenant.
    var managementID: String
    var managementSecret: String

    /// A tenant with one key and nothing else.
    init(_ configuration: EmulatorConfiguration) throws(CryptographyFailure) {
        let ids = IdentifierSource(random: configuration.random)
        endpoint = configuration.endpoint
        keys = KeyRing(
            try SigningKey(configuration.keyKind, id: ids.long(), now: configuration.clock()))
        managementID = "m-default"
        managementSecret = configuration.managementSecret?.reveal() ?? ids.secret()
    }
}
