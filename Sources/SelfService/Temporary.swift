package import Values
package struct PrincipalFacts: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case user, machine }
    package var id: UserID
    package var organization: OrganizationID?
    package var kind: Kind
    package var client: ClientID
    package var isFirstParty: Bool
    package var audience: String?
    package var scopes: [String]
    package var roles: [String]?
    package init(
        id: UserID, organization: OrganizationID?, kind: Kind, client: ClientID, isFirstParty: Bool,
        audience: String?, scopes: [String], roles: [String]?
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
