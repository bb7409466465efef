import Documents
import Values

// What a new tenant of Logto holds.
extension EmulatorState {
    /// The resource and the role of the Management API, and the application that holds the role.
    mutating func seedManagement(now: UnixTime, ids: IdentifierSource) {
        tenant.resources.put(
            Resource(
                id: "management-api", name: "Logto Management API",
                indicator: tenant.managementIndicator))
        let scope = ResourceScope(
            id: "management-api-all", resourceID: "management-api", name: "all",
            description: "Default scope for Management API, allows all permissions.",
            createdAt: now.milliseconds)
        tenant.resourceScopes.put(scope)
        let role = TenantRole(
            id: ids.long(), name: "Logto Management API access",
            description: "This default role grants access to the Logto management API.",
            type: .machine)
        tenant.roles.put(role)
        tenant.tenantRoleScopes.insert(role.id, scope.id)
        var application = Application(
            id: managementID, name: "Management API", type: .machine,
            createdAt: now.milliseconds)
        application.isBuiltIn = true
        application.secrets = [
            ApplicationSecret(
                name: "Default secret", value: managementSecret, createdAt: now.milliseconds)
        ]
        tenant.applications.put(application)
        tenant.applicationRoles.insert(application.id, role.id)
    }
}

/// The tenant that `gatehouse dev` shows: a SaaS called Acme with two customers and its own staff.
///
/// Names and permissions are those of the shipped `policies/`. Every id is fixed and readable.
enum DemoSeed {
    /// The API of the SaaS.
    static let indicator = "https://api.acme.example"
    /// The browser application that people use.
    static let browserApplication = "app_browser"

    private static let permissions = [
        ("read:projects", "See projects of the organization"),
        ("write:projects", "Create and change projects"),
        ("delete:projects", "Delete projects"),
        ("read:invoices", "See invoices"),
        ("pay:invoices", "Pay invoices"),
        ("read:audit", "Read the audit trail"),
        ("support:access", "Acme staff may look into a customer's organization"),
    ]

    private static let roles: [(name: String, type: RoleType, permissions: [String])] = [
        ("member", .user, ["read:projects"]),
        ("admin", .user, ["read:projects", "write:projects", "read:invoices"]),
        (
            "owner", .user,
            [
                "read:projects", "write:projects", "read:invoices", "delete:projects",
                "pay:invoices", "read:audit",
            ]
        ),
        ("support", .user, ["support:access"]),
        ("robot", .machine, ["read:projects"]),
    ]

    private static let organizations = [
        ("org_a", "Acme", "The first customer"), ("org_b", "Globex", "The second customer"),
        ("org_acme", "Acme support", "The staff of the SaaS"),
    ]

    private static let people: [(id: String, name: String, seats: [(String, String)])] = [
        ("u_ann", "Ann", [("org_a", "member")]),
        ("u_adam", "Adam", [("org_a", "admin")]),
        ("u_olga", "Olga", [("org_a", "owner"), ("org_b", "owner")]),
        ("u_zoe", "Zoe", [("org_b", "owner")]),
        ("u_sue", "Sue", [("org_acme", "support")]),
    ]

    /// Puts everything into a tenant.
    static func fill(_ tenant: inout Tenant, now: UnixTime, ids: IdentifierSource) {
        let milliseconds = now.milliseconds
        tenant.resources.put(
            Resource(id: "res_acme", name: "Acme API", indicator: indicator))
        for (name, text) in permissions {
            tenant.organizationScopes.put(
                OrganizationScope(id: "os_\(name)", name: name, description: text))
            tenant.resourceScopes.put(
                ResourceScope(
                    id: "rs_\(name)", resourceID: "res_acme", name: name, description: text,
                    createdAt: milliseconds))
        }
        for role in roles {
            let id = "role_\(role.name)"
            tenant.organizationRoles.put(
                OrganizationRole(id: id, name: role.name, description: nil, type: role.type))
            for permission in role.permissions {
                tenant.roleOrganizationScopes.insert(id, "os_\(permission)")
                tenant.roleResourceScopes.insert(id, "rs_\(permission)")
            }
        }
        for (id, name, text) in organizations {
            tenant.organizations.put(
                Organization(
                    id: id, name: name, description: text, createdAt: Double(milliseconds)))
        }
        for person in people {
            var user = User(
                id: person.id, order: tenant.nextOrder, username: person.name.lowercased(),
                primaryEmail: "\(person.name.lowercased())@acme.example", name: person.name,
                createdAt: milliseconds, updatedAt: milliseconds)
            user.hasPassword = true
            tenant.putNewUser(user)
            for (organization, role) in person.seats {
                tenant.members.insert(organization, person.id)
                tenant.memberRoles.insert(Seat(organization, person.id), "role_\(role)")
            }
        }
        fillApplications(&tenant, milliseconds, ids)
    }

    private static func fillApplications(
        _ tenant: inout Tenant, _ milliseconds: Int64, _ ids: IdentifierSource
    ) {
        tenant.applications.put(
            Application(
                id: browserApplication, name: "Acme in the browser", type: .spa,
                createdAt: milliseconds))
        var robot = Application(
            id: "m_robot", name: "Robot", type: .machine, createdAt: milliseconds)
        robot.secrets = [
            ApplicationSecret(
                name: "Default secret", value: ids.secret(), createdAt: milliseconds)
        ]
        tenant.applications.put(robot)
        tenant.machines.insert("org_a", robot.id)
        tenant.machineRoles.insert(Seat("org_a", robot.id), "role_robot")
    }
}
