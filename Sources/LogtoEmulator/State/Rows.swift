import Documents
import Values

/// An organization of the tenant.
struct Organization: Row {
    let id: String
    var name: String
    var description: String?
    var customData = JSONObject([])
    var isMfaRequired = false
    var color = JSONObject([])
    var branding = JSONObject([])
    var customCss: String?
    /// Milliseconds. A real Logto stores infinity when it is asked to, and then answers 500.
    var createdAt: Double
}

/// A person of the tenant.
struct User: Row {
    let id: String
    /// Grows with each person: lists show the newest first.
    let order: Int
    var username: String?
    var primaryEmail: String?
    var primaryPhone: String?
    var name: String?
    var avatar: String?
    var customData = JSONObject([])
    var profile = JSONObject([])
    var lastSignInAt: Int64?
    var createdAt: Int64
    var updatedAt: Int64
    var applicationID: String?
    var isSuspended = false
    /// Grows whenever every session of the person is ended.
    var sessions = 0
    var hasPassword = false
    /// Whether a factor is stored that satisfies an organization which requires MFA.
    var hasMfa = false
}

/// Who may hold a role.
enum RoleType: String, CaseIterable {
    case user = "User"
    case machine = "MachineToMachine"
}

/// A role of the organization template.
struct OrganizationRole: Row {
    let id: String
    var name: String
    var description: String?
    var type: RoleType
}

/// A permission of the organization template.
struct OrganizationScope: Row {
    let id: String
    var name: String
    var description: String?
}

/// An API that tokens are issued for.
struct Resource: Row {
    let id: String
    var name: String
    let indicator: String
    var isDefault = false
    var accessTokenTtl: Int64 = 3600
}

/// A permission of an API.
struct ResourceScope: Row {
    let id: String
    let resourceID: String
    var name: String
    var description: String?
    let createdAt: Int64
}

/// A role that holds in the whole tenant.
struct TenantRole: Row {
    let id: String
    var name: String
    var description: String
    var type: RoleType
    var isDefault = false
}

/// What an application is, and so which grants it may use.
enum ApplicationType: String, CaseIterable {
    case native = "Native"
    case spa = "SPA"
    case traditional = "Traditional"
    case machine = "MachineToMachine"
    case protected = "Protected"
    case saml = "SAML"

    /// Whether the application has secrets and must authenticate.
    var isConfidential: Bool {
        switch self {
        case .traditional, .machine, .protected, .saml: true
        case .native, .spa: false
        }
    }
}

/// A client of the tenant.
struct Application: Row {
    let id: String
    var name: String
    var description: String?
    var type: ApplicationType
    var oidcClientMetadata: JSONObject = [
        "redirectUris": [], "postLogoutRedirectUris": [],
    ]
    var customClientMetadata = JSONObject([])
    var customData = JSONObject([])
    var isThirdParty = false
    let createdAt: Int64
    var secrets: [ApplicationSecret] = []
    /// Whether it is the application that manages the tenant, which lists do not show.
    var isBuiltIn = false
}

/// One of the secrets of an application.
struct ApplicationSecret: Sendable {
    var name: String
    let value: String
    let createdAt: Int64
    var expiresAt: Int64?
}
