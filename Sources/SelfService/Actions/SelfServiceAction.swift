/// What a built-in route does, by the name under which rule files speak of it.
package enum SelfServiceAction: String, CaseIterable, Sendable {
    /// Create an organization and become its first member.
    case createOrganization = "org.create"
    /// List one's own organizations.
    case listOrganizations = "org.list_mine"
}
