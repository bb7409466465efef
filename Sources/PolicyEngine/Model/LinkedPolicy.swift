import Documents
import Values

/// A rule set whose names are resolved: what the compiler turns into tables.
struct LinkedPolicy {
    var name = ""
    var defaults = PolicyDefaults()
    var vocabulary = Vocabulary(permissions: [], roles: [])
    /// All rules; routes hold indices into it.
    var rules: [LinkedRule] = []
    var routes: [LinkedRoute] = []
    var selfService: LinkedSelfService?
}

/// A rule with its names resolved.
struct LinkedRule {
    let id: String
    let effect: RuleFacts.Effect
    let declaration: RuleDeclaration
    var all = NameBits()
    var any = NameBits()
    /// The role that it asks for.
    var role: Int?

    /// Which callers may meet it.
    var callers: RuleTables.Callers {
        if let kind = declaration.kind?.value {
            switch kind {
            case .user: return .user
            case .machine: return .machine
            case .any: return [.user, .machine]
            }
        }
        let needsToken =
            declaration.permission != nil || !declaration.all.isEmpty || !declaration.any.isEmpty
            || declaration.role != nil || declaration.isAuthenticated != nil
            || declaration.needsMember != nil
        switch effect {
        case .allow: return declaration.isPublic != nil ? [.user, .machine, .anonymous] : .user
        // SECURITY: a deny rule that names no kind means everybody, or programs would pass it.
        case .deny: return needsToken ? [.user, .machine] : [.user, .machine, .anonymous]
        }
    }
}

/// A route with its names resolved.
struct LinkedRoute {
    let id: String
    let policy: String
    let declaration: RouteDeclaration
    let upstream: (index: Int, name: String)
    let audience: Int?
    let takesOrganizationTokens: Bool
    let organization: OrganizationSource
    /// Indices into `LinkedPolicy.rules`, in the order of project, policy, route.
    var deny: [Int] = []
    var allow: [Int] = []
    var crossingRule: Int?
    var crossingOrigins: [String] = []
    /// What every allowed request gets: the file's and the route's, then each rule's own.
    var obligations = LinkedObligations()
    /// The route's own bounds, and what they leave open from the file.
    var traffic = TrafficBounds()
    var ruleObligations: [LinkedObligations] = []
}

/// Obligations merged from file, route and rule.
struct LinkedObligations {
    var requestSet: [ObligationDeclaration.Setting] = []
    var requestRemove: [Located<String>] = []
    var keepsAuthorization = false
    var responseSet: [ObligationDeclaration.Setting] = []
}

/// A self-service file with its names resolved.
struct LinkedSelfService {
    /// An action and the indices of its rules in `rules`.
    struct Action {
        let name: String
        let hasOrganization: Bool
        var deny: [Int] = []
        var allow: [Int] = []
    }

    var name = ""
    var roles: [SelfServicePolicy.Role] = []
    var rules: [LinkedRule] = []
    var actions: [Action] = []
}
