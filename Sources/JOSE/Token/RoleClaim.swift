import Documents
import Values

/// Reads role names from a custom claim.
///
/// A claim is one of the known shapes as a whole or it gives no roles: a list in which one entry
/// cannot be read is not half believed. A missing claim is "no roles", since Logto issues tokens
/// without custom claims when the tenant's script fails.
enum RoleClaim {
    /// Entries of a list that are read; a longer list gives no roles.
    static let maximumEntries = 1024
    /// Bytes of one name that are read: the 128 characters that Logto lets a role's name have.
    static let maximumNameBytes = 512

    /// The roles of the token in its organization, or nil where the source is not the token, or the
    /// token names no organization: then there is nothing that roles could be of.
    static func roles(
        of members: JSONObject, in organization: OrganizationID?, source: RoleSource
    ) -> [String]? {
        let name: String
        let isPlain: Bool
        switch source {
        case .none, .live: return nil
        case .claim(let claim): (name, isPlain) = (claim, false)
        case .claimPlain(let claim): (name, isPlain) = (claim, true)
        }
        // SECURITY: without an organization nobody knows where these roles hold: none counts.
        guard let organization else { return nil }
        guard let entries = members[name]?.arrayValue, entries.count <= maximumEntries else {
            return []
        }
        if isPlain { return names(entries) ?? [] }
        return pairs(entries, in: organization) ?? memberships(entries, in: organization) ?? []
    }

    /// `["orgId:roleName", …]`; nil where an entry is something else.
    private static func pairs(
        _ entries: [JSONValue], in organization: OrganizationID
    ) -> [String]? {
        var roles: [String] = []
        for entry in entries {
            guard let text = entry.stringValue, let parts = split(text) else { return nil }
            // SECURITY: nothing of another organization counts here (AZ-06).
            if parts.organization.isExactly(organization.text) { roles.append(parts.role) }
        }
        return roles
    }

    /// `[{"id": …, "roles": […]}, …]`; nil where an entry is something else, or where two speak of
    /// this organization: nobody could say which one holds.
    private static func memberships(
        _ entries: [JSONValue], in organization: OrganizationID
    ) -> [String]? {
        var roles: [String]?
        for entry in entries {
            guard let id = entry["id"]?.stringValue, !id.isEmpty,
                let list = entry["roles"]?.arrayValue, list.count <= maximumEntries,
                let names = names(list)
            else { return nil }
            // SECURITY: as above (AZ-06).
            guard id.isExactly(organization.text) else { continue }
            guard roles == nil else { return nil }
            roles = names
        }
        return roles ?? []
    }

    /// Splits at the first colon: an organization's id has none, a role name may.
    private static func split(_ text: String) -> (organization: String, role: String)? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let organization = String(text[..<colon])
        let role = String(text[text.utf8.index(after: colon)...])
        return organization.isEmpty || !isName(role) ? nil : (organization, role)
    }

    private static func names(_ entries: [JSONValue]) -> [String]? {
        var names: [String] = []
        for entry in entries {
            guard let name = entry.stringValue, isName(name) else { return nil }
            names.append(name)
        }
        return names
    }

    private static func isName(_ text: String) -> Bool {
        (1...maximumNameBytes).contains(text.utf8.count)
    }
}
