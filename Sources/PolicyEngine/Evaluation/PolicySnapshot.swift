package import Documents

/// One rule set in force: compiled, checked, and never changed again.
package final class PolicySnapshot: Sendable {
    /// `sha256:…` over the files that it was loaded from.
    package let hash: String
    /// The name of the project.
    package let name: String
    /// The permissions and roles that rules name.
    package let vocabulary: Vocabulary
    /// What the configuration told the rule set.
    package let environment: PolicyEnvironment
    /// The project's answers where a policy says nothing.
    package let defaults: PolicyDefaults
    /// The routes, in the order of files and of their place in them.
    package let routes: [RouteFacts]
    /// The rules of all routes.
    package let rules: [RuleFacts]
    /// What allowed requests get and lose; `Decision.obligations` is an index into it.
    package let obligations: [Obligations]
    /// Every header that a policy sets on a request, in its normal form, sorted. A client's copy of one
    /// of them, in every spelling, is removed on every route; so is every `Gatehouse-…` header.
    package let protectedHeaderNames: [String]
    /// Who may use the built-in organization actions; nil where the project opens none.
    package let selfService: SelfServicePolicy?

    let joins: [ListJoin]
    let headerNames: [String]
    let tables: RuleTables
    let index: RouteIndex

    init(_ parts: Parts) {
        hash = parts.hash
        name = parts.name
        vocabulary = parts.vocabulary
        environment = parts.environment
        defaults = parts.defaults
        routes = parts.routes
        rules = parts.rules
        obligations = parts.obligations
        protectedHeaderNames = parts.protectedHeaderNames
        selfService = parts.selfService
        joins = parts.joins
        headerNames = parts.headerNames
        tables = parts.tables
        index = parts.index
    }

    /// Compiles a caller for this rule set; done once for each token.
    package func principal(_ facts: PrincipalFacts) -> Principal {
        Principal(facts, vocabulary: vocabulary, environment: environment, joins: joins)
    }

    /// The status of the answer to a decision; 200 for an allow.
    package func status(_ decision: Decision) -> Int {
        decision.reason?.status(defaults) ?? 200
    }

    /// The rule that decided; nil where none did.
    package func because(_ decision: Decision) -> RuleFacts? {
        decision.rule.map { rules[$0] }
    }

    /// The text that the caller may be told; nil unless `defaults.tell_reason` is on.
    package func toldReason(_ decision: Decision) -> String? {
        defaults.tellsReason ? because(decision)?.because : nil
    }

    /// The route of a decision.
    package func route(_ decision: Decision) -> RouteFacts? {
        decision.route.map { routes[$0] }
    }

    /// The pattern of a route that a request matched.
    func pattern(_ match: RouteMatch) -> RoutePattern? {
        let before = routes[..<match.route].reduce(0) { $0 + $1.patterns.count }
        let own = routes[match.route].patterns
        return own.indices.contains(match.pattern - before) ? own[match.pattern - before] : nil
    }

    /// What a snapshot is made of, while it is put together.
    struct Parts {
        var hash = ""
        var name = ""
        var vocabulary = Vocabulary(permissions: [], roles: [])
        var environment: PolicyEnvironment
        var defaults = PolicyDefaults()
        var routes: [RouteFacts] = []
        var rules: [RuleFacts] = []
        var obligations: [Obligations] = []
        var protectedHeaderNames: [String] = []
        var selfService: SelfServicePolicy?
        var joins: [ListJoin] = []
        var headerNames: [String] = []
        var tables = RuleTables()
        var index = RouteIndex()
    }
}

/// What people want to know of a route.
package struct RouteFacts: Sendable {
    /// Unique in the project.
    package let id: String
    /// The `name` of the policy file.
    package let policy: String
    /// Where the route is written: its first match.
    package let span: SourceSpan
    /// The patterns, as in `GET /orgs/{org}/projects`.
    package let patterns: [RoutePattern]
    /// The host it is limited to, as written.
    package let host: String?
    /// The upstream that allowed requests go to.
    package let upstream: String
    /// Where the organization comes from.
    package let organization: OrganizationSource
    /// The rule that may cross organizations.
    package let crossingRule: String?
    /// Who may use it: organizations, or `machine`.
    package let crossingOrigins: [String]
    /// The audience whose API tokens count; nil where none does.
    package let audience: String?
    /// Whether organization tokens are accepted.
    package let takesOrganizationTokens: Bool
}

/// What people want to know of a rule.
package struct RuleFacts: Sendable {
    /// What the rule does when it holds.
    package enum Effect: String, Sendable {
        case allow
        case deny
    }

    /// Its id; `<route>/<n>` where none is written.
    package let id: String
    /// What it does when it holds.
    package let effect: Effect
    /// Where it is written.
    package let span: SourceSpan
    /// Why it exists.
    package let because: String?
    /// The rule as written.
    let declaration: RuleDeclaration
}

/// What an allowed request gets and loses.
package struct Obligations: Sendable {
    /// Request headers that are not forwarded, as written.
    package let removedRequestHeaders: [String]
    /// Whether `Authorization` is forwarded.
    package let keepsAuthorization: Bool
    /// Request headers that are set, as written.
    package let setRequestHeaders: [String]
    /// Response headers that are set: the upstream's own are replaced.
    package let setResponseHeaders: [String]
    /// How long the upstream may take and how much the client may send on this route.
    package let traffic: TrafficBounds
}
