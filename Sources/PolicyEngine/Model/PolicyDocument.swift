import Documents
import Values

/// What a file of a rule set declares, by its kind.
enum PolicyDocument: Sendable {
    case project(ProjectDocument)
    case vocabulary(VocabularyDocument)
    case policy(RouteDocument)
    case selfService(SelfServiceDocument)
    case fixtures(FixturesDocument)
    case tests(TestsDocument)

    /// The kinds that are built, as files name them.
    static let kinds = ["project", "vocabulary", "policy", "self-service", "fixtures", "tests"]
    /// The kinds that come later.
    static let laterKinds = ["library", "tenant"]
}

/// `kind: project`.
struct ProjectDocument: Sendable {
    var path: String
    var span: SourceSpan
    var name: String = ""
    var policies: [Located<String>] = []
    var selfService: Located<String>?
    var defaults = PolicyDefaults()
    var crossings: [Crossing] = []
    var deny: [RuleDeclaration] = []

    /// A rule that may cross organizations, and who may use it.
    struct Crossing: Sendable {
        let rule: Located<String>
        /// Organization ids, or `machine`.
        let from: [Located<String>]
    }
}

/// `kind: vocabulary`.
struct VocabularyDocument: Sendable {
    /// A name and its declaration.
    struct Role: Sendable {
        let name: Located<String>
        var permissions: [Located<String>] = []
        var extends: Located<String>?
    }

    var path: String
    var span: SourceSpan
    var permissions: [Located<String>] = []
    var roles: [Role] = []
}

/// `kind: policy`: the routes of one upstream.
struct RouteDocument: Sendable {
    /// The kinds of tokens that routes take.
    enum TokenKind: String, Sendable, CaseIterable {
        case organization
        case api
    }

    var path: String
    var span: SourceSpan
    var name = ""
    var upstream: Located<String>?
    var audience: Located<String>?
    var tokens: [TokenKind] = TokenKind.allCases
    var organization: Located<OrganizationSource>?
    var deny: [RuleDeclaration] = []
    var then: ObligationDeclaration?
    var traffic = TrafficDeclaration()
    var routes: [RouteDeclaration] = []
}

/// A route of a policy.
struct RouteDeclaration: Sendable {
    /// Where the route is written: its first match, or the whole entry.
    var span: SourceSpan
    var id: Located<String>?
    var matches: [Located<RoutePattern>] = []
    var host: Located<HostPattern>?
    var organization: Located<OrganizationSource>?
    var crossingRule: Located<String>?
    var allow: [RuleDeclaration] = []
    var hasAllow = false
    var deny: [RuleDeclaration] = []
    var then: ObligationDeclaration?
    var traffic = TrafficDeclaration()
}

/// `kind: self-service`.
struct SelfServiceDocument: Sendable {
    /// An action and its rules.
    struct Action: Sendable {
        let name: Located<String>
        var allow: [RuleDeclaration] = []
        var deny: [RuleDeclaration] = []
    }

    /// A role of the template.
    struct Role: Sendable {
        let name: Located<String>
        let logto: Located<String>
        let isProtected: Bool
        let minimum: Int
    }

    var path: String
    var span: SourceSpan
    var name = ""
    var roles: [Role] = []
    var actions: [Action] = []
}

/// `kind: fixtures`: people for tests.
struct FixturesDocument: Sendable {
    /// A person of the tests; every fact may be replaced by a case's `with`.
    struct Person: Sendable {
        let name: Located<String>
        var id: Located<String>?
        var organization: Located<String>?
        var kind: PrincipalFacts.Kind?
        var roles: [Located<String>]?
        var permissions: [Located<String>]?
        var isAnonymous = false
    }

    var path: String
    var span: SourceSpan
    var people: [Person] = []
}
