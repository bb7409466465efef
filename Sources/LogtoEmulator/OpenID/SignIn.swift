import Values

/// What a person agreed to at a sign-in: a refresh token stands for it.
struct SignIn: Sendable {
    let user: String
    let client: String
    /// The scopes of the refresh token: those of OpenID, and those of the resources that the person
    /// owned.
    let scopes: [String]
    /// The resources that were named.
    let resources: [String]
    /// The scopes of each resource that the person owned then; more are never given.
    let granted: [ExactText: [String]]
    /// The person's `sessions` at that time.
    let sessions: Int
    var isRevoked = false
}

/// A refresh token that was given out.
struct RefreshToken: Sendable {
    let signIn: Int
    let expiresAt: UnixTime
    var consumedAt: UnixTime?
}

extension SignIn {
    /// The person, where every session has not been ended since.
    func person(_ tenant: Tenant) throws(OAuthProblem) -> User {
        guard let user = tenant.users[user], !user.isSuspended, user.sessions == sessions,
            !isRevoked
        else { throw .invalidGrant }
        return user
    }
}
