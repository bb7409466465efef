import Documents
import Values

/// An answer that lacks what it must have, by the name of what is missing.
struct AnswerFault: Error, Equatable {
    let missing: String
}

/// Reads the members of Logto's answers that we know; unknown ones are left alone.
enum AnswerReader {
    static func organization(_ value: JSONValue) throws(AnswerFault) -> LogtoOrganization {
        LogtoOrganization(
            id: OrganizationID(try text(value, "id")), name: try text(value, "name"),
            description: try optionalText(value, "description"),
            customData: try object(value, "customData"),
            isMFARequired: value["isMfaRequired"]?.boolValue ?? false,
            logoURL: value["branding"]?["logoUrl"]?.stringValue,
            createdAt: try time(value, "createdAt"))
    }

    static func membership(_ value: JSONValue) throws(AnswerFault) -> LogtoMembership {
        LogtoMembership(
            organization: try organization(value),
            roles: try list(value, "organizationRoles", role))
    }

    static func role(_ value: JSONValue) throws(AnswerFault) -> LogtoRole {
        LogtoRole(id: try text(value, "id"), name: ExactText(try text(value, "name")))
    }

    static func user(_ value: JSONValue) throws(AnswerFault) -> LogtoUser {
        LogtoUser(
            id: UserID(try text(value, "id")),
            username: try optionalText(value, "username"),
            primaryEmail: try optionalText(value, "primaryEmail"),
            name: try optionalText(value, "name"), avatar: try optionalText(value, "avatar"),
            isSuspended: try flag(value, "isSuspended"))
    }

    static func member(_ value: JSONValue) throws(AnswerFault) -> LogtoMember {
        LogtoMember(user: try user(value), roles: try list(value, "organizationRoles", role))
    }

    static func organizationRole(_ value: JSONValue) throws(AnswerFault) -> LogtoOrganizationRole {
        guard let kind = LogtoOrganizationRole.Kind(rawValue: try text(value, "type")) else {
            throw AnswerFault(missing: "type")
        }
        return LogtoOrganizationRole(
            id: try text(value, "id"), name: ExactText(try text(value, "name")),
            description: try optionalText(value, "description"), kind: kind,
            scopes: try list(value, "scopes", scopeName),
            resourceScopes: try list(value, "resourceScopes", resourceScope))
    }

    static func list<Item>(
        _ value: JSONValue, _ item: (JSONValue) throws(AnswerFault) -> Item
    ) throws(AnswerFault) -> [Item] {
        guard let elements = value.arrayValue else { throw AnswerFault(missing: "list") }
        var items: [Item] = []
        for element in elements { items.append(try item(element)) }
        return items
    }

    static func text(_ value: JSONValue, _ name: String) throws(AnswerFault) -> String {
        guard let text = value[name]?.stringValue, !text.isEmpty else {
            throw AnswerFault(missing: name)
        }
        return text
    }

    private static func list<Item>(
        _ value: JSONValue, _ name: String, _ item: (JSONValue) throws(AnswerFault) -> Item
    ) throws(AnswerFault) -> [Item] {
        guard let member = value[name] else { throw AnswerFault(missing: name) }
        return try list(member, item)
    }

    private static func scopeName(_ value: JSONValue) throws(AnswerFault) -> ExactText {
        ExactText(try text(value, "name"))
    }

    private static func resourceScope(
        _ value: JSONValue
    ) throws(AnswerFault) -> LogtoOrganizationRole.ResourceScope {
        guard let resource = value["resource"] else { throw AnswerFault(missing: "resource") }
        return LogtoOrganizationRole.ResourceScope(
            name: ExactText(try text(value, "name")), resourceID: try text(resource, "id"),
            resourceName: try text(resource, "name"))
    }

    /// Absent and null are nil; anything else must be a string.
    private static func optionalText(
        _ value: JSONValue, _ name: String
    ) throws(AnswerFault) -> String? {
        guard let member = value[name], !member.isNull else { return nil }
        guard let text = member.stringValue else { throw AnswerFault(missing: name) }
        return text
    }

    private static func object(_ value: JSONValue, _ name: String) throws(AnswerFault) -> JSONObject
    {
        guard let object = value[name]?.objectValue else { throw AnswerFault(missing: name) }
        return object
    }

    private static func flag(_ value: JSONValue, _ name: String) throws(AnswerFault) -> Bool {
        guard let flag = value[name]?.boolValue else { throw AnswerFault(missing: name) }
        return flag
    }

    private static func time(_ value: JSONValue, _ name: String) throws(AnswerFault) -> UnixTime {
        guard let milliseconds = value[name]?.integerValue else { throw AnswerFault(missing: name) }
        return UnixTime(milliseconds: milliseconds)
    }
}
