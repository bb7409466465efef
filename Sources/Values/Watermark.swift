/// "Access tokens that were issued until then count no longer": for a person, an organization, one
/// member of it, a client, or everybody.
///
/// Written when something is taken away (a removal, a suspension, a deletion). A watermark is only ever
/// raised: of two for one subject the later counts.
package struct Watermark: Hashable, Sendable {
    /// Whose tokens it concerns.
    package enum Subject: Hashable, Sendable {
        /// Every token: stands in for what no table had room for.
        case everybody
        /// Tokens of a person or machine, for whatever organization.
        case user(UserID)
        /// Tokens that speak for an organization, whoever holds them.
        case organization(OrganizationID)
        /// Tokens of a person or machine that speak for this organization.
        case member(OrganizationID, UserID)
        /// Tokens that were issued to an application.
        case client(ClientID)
    }

    /// Whose tokens it concerns.
    package let subject: Subject
    /// The last second whose tokens do not count.
    package let notBefore: UnixTime

    /// Whether a token can name the subject: its identifiers are no longer than those of a token.
    package var isOfSomebody: Bool {
        switch subject {
        case .everybody: true
        case .user(let user): Self.isHolder(user.text)
        case .client(let client): Self.isHolder(client.text)
        case .organization(let organization): Self.isOrganization(organization)
        case .member(let organization, let user):
            Self.isOrganization(organization) && Self.isHolder(user.text)
        }
    }

    private static func isHolder(_ text: String) -> Bool { (1...2048).contains(text.utf8.count) }

    private static func isOrganization(_ organization: OrganizationID) -> Bool {
        (1...128).contains(organization.text.utf8.count)
    }

    /// A watermark; parts of a second are cut off, since tokens carry none.
    package init(_ subject: Subject, notBefore: UnixTime) {
        self.subject = subject
        self.notBefore = UnixTime(seconds: notBefore.seconds)
    }

    /// The watermark of something that happened: one second later, because a token that was issued in
    /// the same second may have been issued just before.
    ///
    /// - Parameters:
    ///   - event: when it happened, by the clock of whoever says so.
    ///   - now: our own time. SECURITY: a clock that runs far ahead must not lock people out.
    ///   - leeway: by how many seconds the issuer's clock may be ahead of ours. SECURITY: tokens that
    ///     were issued so far ahead are accepted, so an event so far ahead must reach them.
    package init(_ subject: Subject, of event: UnixTime, now: UnixTime, leeway: Int64) {
        self.init(
            subject, notBefore: min(event, now.advanced(bySeconds: leeway)).advanced(bySeconds: 1))
    }

    /// Whether a token that was issued then still counts: only one issued later does.
    package func accepts(issuedAt: UnixTime) -> Bool { issuedAt.seconds > notBefore.seconds }

    /// When the last token that it concerns has ended by itself.
    ///
    /// - Parameters:
    ///   - longestToken: seconds from `iat` to `exp` that a token may have at most.
    ///   - leeway: seconds for which an ended token is still accepted.
    package func end(longestToken: Int64, leeway: Int64) -> UnixTime {
        notBefore.advanced(bySeconds: longestToken).advanced(bySeconds: leeway)
    }
}
