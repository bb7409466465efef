import Documents
import Values

/// Reads role names from a custom claim.
///
/// A claim is one of the known shapes as a whole or it gives no roles: a list in which one entry
/// cannot be read is not half believed. A missing claim is "no roles", since Logto issues tokens
/// without custom claims when the tenant's script fails.
enum RoleClaim {
    /// The roles of the token in its organization, or nil where the source is not the token.
    static func roles(
        of members: JSONObject, in organization: OrganizationID?, source: RoleSource
    ) -> [String]? {
        switch source {
        case .none, .live: nil
        case .claim(let name):
            if let organization, let entries = members[name]?.arrayValue {
                qualified(entries, in: organization) ?? []
            } else {
                []
            }
        case .claimPlain(let name):
            // SECURITY: without an organization nobody knows where these roles hold.
            if organization != nil, let entries = members[name]?.arrayValue {
                names(entries) ?? []
            } else {
                []
            }
        }
    }

    /// `["orgId:roleName", …]` or `[{"id": …, "roles": […]}, …]`; nil where an entry is neither.
    private static func qualified(
        _ entries: [JSONValue], in organization: OrganizationID
    ) -> [String]? {
        var roles: [String] = []
        for entry in entries {
            let (owner, names): (String, [String])
            switch entry {
            case .string(let text):
                guard let parts = split(text) else { return nil }
                (owner, names) = (parts.organization, [parts.role])
            case .object(let object):
                guard let id = object["id"]?.stringValue, !id.isEmpty,
                    let list = object["roles"]?.arrayValue, let listed = self.names(list)
                else { return nil }
                (owner, names) = (id, listed)
            default: return nil
            }
            // SECURITY: nothing of another organization counts here (AZ-06).
            if owner.isExactly(organization.text) { roles += names }
        }
        return roles
    }

    /// Splits at the first colon: an organization's id has none, a role name may.
    private static func split(_ text: String) -> (organization: String, role: String)? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let organization = String(text[..<colon])
        let role = String(text[text.utf8.index(after: colon)...])
        return organization.isEmpty || role.isEmpty ? nil : (organization, role)
    }

    private static func names(_ entries: [JSONValue]) -> [String]? {
        var names: [String] = []
        for entry in entries {
            guard let name = entry.stringValue, !name.isEmpty else { return nil }
            names.append(name)
        }
        return names
    }
}
