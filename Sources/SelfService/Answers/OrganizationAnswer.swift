import Cryptography
import Documents
import Values

/// Organizations as clients see them: what is not written here never leaves the gateway (X7).
enum OrganizationAnswer {
    /// The answer to a creation, which is also what a repeated request gets.
    static func created(
        _ organization: DirectoryOrganization, roles: [DirectoryRole], routes: SelfServiceRoutes
    ) -> ActionResult {
        let path = routes.path(of: organization.id)
        let data: JSONObject = [
            "id": .string(organization.id.text),
            "slug": .null,
            "name": .string(organization.name),
            "description": organization.description.map { .string($0) } ?? .null,
            "branding": .object(JSONObject()),
            "metadata": .object(CreationMark.metadata(of: organization)),
            "createdAt": .string(organization.createdAt.rfc3339),
            "membership": ["roles": .array(roles.map(role))],
        ]
        let meta: JSONObject = [
            "next": [
                "switch": .string(path),
                "tokenAudience": .string("urn:logto:organization:\(organization.id.text)"),
            ]
        ]
        let digest = SHA256.hash(JSONWriter.write(data))
        return ActionResult(
            status: 201,
            headers: [
                "Content-Type": "application/json", "Cache-Control": "no-store", "Location": path,
                "ETag": "\"\(Hexadecimal.text(Array(digest.prefix(16))))\"",
            ],
            body: JSONWriter.write(["data": .object(data), "meta": .object(meta)] as JSONObject)
        )
    }

    /// An element of the list of one's own organizations.
    static func item(_ membership: DirectoryMembership) -> JSONValue {
        let organization = membership.organization
        return [
            "id": .string(organization.id.text),
            "slug": .null,
            "name": .string(organization.name),
            "logoUrl": logoURL(organization).map { .string($0) } ?? .null,
            "roles": .array(membership.roles.map(role)),
            "memberSince": .null,
            "state": "active",
            "lastUsedAt": .null,
        ]
    }

    private static func role(_ role: DirectoryRole) -> JSONValue {
        ["id": .string(role.id), "name": .string(role.name)]
    }

    /// SECURITY: Logto takes addresses of any scheme, `javascript:` too; a page that shows a logo
    /// gets `https:` or nothing.
    private static func logoURL(_ organization: DirectoryOrganization) -> String? {
        guard let url = organization.logoURL, url.utf8.count <= 2_048,
            url.lowercased().utf8.starts(with: "https://".utf8),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
        else { return nil }
        return url
    }
}
