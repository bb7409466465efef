import Documents
import Values

/// `kind: tests`: tables, cases and invariants.
struct TestsDocument: Sendable {
    /// What a test expects of a decision.
    enum Expectation: Sendable, Equatable {
        case allow
        /// Any refusal.
        case deny
        /// A refusal with that status.
        case status(Int)

        var text: String {
            switch self {
            case .allow: "allow"
            case .deny: "deny"
            case .status(let status): "\(status)"
            }
        }
    }

    /// A request as a test writes it.
    struct Request: Sendable {
        var span: SourceSpan
        var method: HTTPMethod
        var path: String
        var host = "localhost"
        var headers = HeaderList()

        var line: String { "\(method) \(path)" }
    }

    /// Requests against people.
    struct Table: Sendable {
        /// One request and what it gives for each person.
        struct Row: Sendable {
            let request: Request
            let expectations: [Located<Expectation>]
        }

        var name: String
        var people: [Located<String>] = []
        var rows: [Row] = []
    }

    /// One request, and all that is expected of it.
    struct Case: Sendable {
        var name: String
        var span: SourceSpan
        var person: Located<String>?
        /// Facts that replace those of the person.
        var with: FixturesDocument.Person?
        var request: Request?
        var expect: Located<Expectation>?
        var because: Located<String>?
        var reason: Located<String>?
        /// Headers that the upstream gets; nil for those that it must not get.
        var headers: [(name: Located<String>, value: Located<String?>)] = []
        var shadow: Located<Expectation>?
    }

    /// What must never happen, for anybody.
    struct Invariant: Sendable {
        var name: String
        var span: SourceSpan
        var pattern: Located<RoutePattern>?
    }

    var path: String
    var span: SourceSpan
    var policy: Located<String>?
    var fixtures: [Located<String>] = []
    var tables: [Table] = []
    var cases: [Case] = []
    var invariants: [Invariant] = []
}
