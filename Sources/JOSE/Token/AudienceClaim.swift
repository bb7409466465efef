import Documents
import Values

/// Reads `aud`: one accepted API resource, or one organization.
///
/// Logto writes a single text. A list of one is the same; a list of several different audiences is
/// refused, because nobody could say which of them a scope belongs to.
struct AudienceClaim: Sendable {
    let meaning: VerifiedToken.Audience
    /// The organization, where the audience is one.
    let organization: OrganizationID?

    private static let organizationPrefix = "urn:logto:organization:"
    private static let reserved = "urn:logto:resource:organizations"
    private static let mostAudiences = 16

    init(_ value: JSONValue?, accepted: [String]) throws(TokenRejection) {
        let names = try Self.names(value)
        // SECURITY: a token for the reserved resource carries permissions of every organization of
        // its holder, or of none; it means nothing to an API, wherever it stands in a list.
        guard !names.contains(where: { $0.isExactly(Self.reserved) }) else {
            throw .reservedAudience
        }
        guard let name = names.first else { throw .audience(.missing) }
        guard names.allSatisfy({ $0.isExactly(name) }) else { throw .audience(.several) }
        if name.utf8.starts(with: Self.organizationPrefix.utf8) {
            let id = String(Substring(name.utf8.dropFirst(Self.organizationPrefix.utf8.count)))
            guard ClaimText.isOrganization(id) else { throw .audience(.organizationID) }
            meaning = .organization
            organization = OrganizationID(id)
        } else if let api = accepted.first(where: { $0.isExactly(name) }) {
            meaning = .api(api)
            organization = nil
        } else {
            let isManagementAPI =
                name.utf8.starts(with: "https://".utf8)
                && name.utf8.suffix(4).elementsEqual("/api".utf8)
            throw .audience(isManagementAPI ? .managementAPI : .notConfigured)
        }
    }

    private static func names(_ value: JSONValue?) throws(TokenRejection) -> [String] {
        guard let value else { throw .audience(.missing) }
        if let text = value.stringValue { return [text] }
        guard let list = value.arrayValue else { throw .audience(.wrongKind) }
        guard list.count <= mostAudiences else { throw .audience(.tooMany) }
        var names: [String] = []
        for element in list {
            guard let text = element.stringValue else { throw .audience(.wrongKind) }
            names.append(text)
        }
        return names
    }
}
