package import Cryptography
package import Documents
package import Values

/// How an emulator begins.
package struct EmulatorConfiguration: Sendable {
    /// What a tenant's script adds to access tokens.
    package enum CustomClaims: Sendable {
        /// Nothing: a tenant without a script.
        case none
        /// The organization roles of the subject in every organization, as
        /// `organizationId:roleName`.
        ///
        /// Machines have the claim too, though a real script would have to look their roles up.
        case organizationRoles(claim: String)
        /// Whatever a function makes of the token; nil adds nothing, as a script that fails.
        case script(@Sendable (CustomClaimsContext) -> JSONObject?)
    }

    /// The address under which clients reach the emulator, without a slash at the end.
    package var endpoint: String
    /// Whether the people and organizations of `gatehouse dev` are there; otherwise the tenant is
    /// as Logto seeds it.
    package var isSeeded: Bool
    /// The secret of the application that manages the tenant; by default a new one.
    package var managementSecret: Secret?
    /// The kind of the first signing key; Logto's default is P-384.
    package var keyKind: PrivateKey.Kind
    /// What is added to access tokens.
    package var customClaims: CustomClaims
    /// Tells the time.
    package var clock: @Sendable () -> UnixTime
    /// Gives that many random bytes.
    package var random: @Sendable (Int) -> [UInt8]
    /// Hears of every call, once it is answered. Called on the thread that answers; must not wait.
    package var onCall: (@Sendable (EmulatorCall) -> Void)?

    /// A configuration; what is not given is as in a new Logto.
    package init(
        endpoint: String,
        seeded: Bool,
        managementSecret: Secret? = nil,
        keyKind: PrivateKey.Kind = .p384,
        customClaims: CustomClaims = .none,
        clock: @escaping @Sendable () -> UnixTime,
        random: @escaping @Sendable (Int) -> [UInt8] = { RandomBytes.make($0) },
        onCall: (@Sendable (EmulatorCall) -> Void)? = nil
    ) {
        self.endpoint = endpoint
        isSeeded = seeded
        self.managementSecret = managementSecret
        self.keyKind = keyKind
        self.customClaims = customClaims
        self.clock = clock
        self.random = random
        self.onCall = onCall
    }
}

/// What a script for custom claims is told.
package struct CustomClaimsContext: Sendable {
    /// The person, or the machine.
    package let subject: String
    /// The application that asked.
    package let client: String
    /// The audience of the token.
    package let audience: String
    /// The subject's organization roles everywhere, as `organizationId:roleName`.
    package let roles: [String]
}

/// One call that the emulator answered.
package struct EmulatorCall: Sendable {
    /// The method.
    package let method: HTTPMethod
    /// The path with its query.
    package let target: String
    /// The status of the answer; nil where the connection was closed without one.
    package let status: Int?
    /// When it was answered.
    package let at: UnixTime
    /// Whether a fault changed the outcome.
    package let isFaulty: Bool

    /// Whether the call went to the Management API.
    package var isManagement: Bool { target.hasPrefix("/api/") }
}
