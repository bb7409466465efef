package import Values

/// Which remembered answers of Logto are no longer to be believed.
package enum CacheScope: Sendable, Equatable {
    /// What one person or machine may do in one organization.
    case member(OrganizationID, String)
    /// All members of an organization.
    case organization(OrganizationID)
    /// One person in every organization.
    case user(UserID)
    /// The roles of the organization template, their names and permissions.
    case roleTemplate
    /// Everything.
    case everything
}

/// Whoever remembers answers of Logto, as those who hear of a change see them.
package protocol LogtoCaches: Sendable {
    /// Forgets what was remembered, and what is being asked at this moment.
    ///
    /// When it returns, no request on any loop is decided with it any more.
    func forget(_ scope: CacheScope) async
}
