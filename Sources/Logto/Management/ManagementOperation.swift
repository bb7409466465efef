/// The calls of the Management API that Gatehouse makes: the closed set of the metric's label.
package enum ManagementOperation: String, CaseIterable, Sendable {
    case createOrganization = "organization.create"
    case deleteOrganization = "organization.delete"
    case readOrganization = "organization.read"
    case listOrganizations = "organization.list"
    case addUsers = "member.add"
    case listMembers = "member.list"
    case assignRoles = "member.roles.assign"
    case readMemberRoles = "member.roles.read"
    case readMachineRoles = "machine.roles.read"
    case listUserOrganizations = "user.organizations"
    case readUser = "user.read"
    case listOrganizationRoles = "template.roles"
}
