package import Values

/// What a verified token, or a live look-up, says about the caller.
package struct PrincipalFacts: Sendable, Equatable {
    /// Whether a person or a program calls.
    package enum Kind: String, Sendable, CaseIterable {
        case user
        case machine
    }

    /// The subject.
    package var id: UserID
    /// The organization that the token names.
    package var organization: OrganizationID?
    /// Whether a person or a program calls.
    package var kind: Kind
    /// The application that the token was issued to.
    package var client: ClientID
    /// Whether roles count for that application.
    package var isFirstParty: Bool
    /// The API resource that the token is for; nil for an organization token.
    package var audience: String?
    /// The permissions of the token.
    package var scopes: [String]
    /// The roles in the token's organization; nil where they are not known.
    package var roles: [String]?
    /// Whether Logto was asked, and knows the caller as no member of the token's organization.
    package var isStranger = false

    /// The facts about one caller.
    package init(
        id: UserID,
        organization: OrganizationID?,
        kind: Kind,
        client: ClientID,
        isFirstParty: Bool,
        audience: String?,
        scopes: [String],
        roles: [String]?
    ) {
        self.id = id
        self.organization = organization
        self.kind = kind
        self.client = client
        self.isFirstParty = isFirstParty
        self.audience = audience
        self.scopes = scopes
        self.roles = roles
    }
}
