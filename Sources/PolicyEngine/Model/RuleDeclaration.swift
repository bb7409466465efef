import Documents
import Values

/// One allow or deny rule as a file declares it. All its keys are and-ed.
struct RuleDeclaration: Sendable {
    /// Which callers a rule is for.
    enum Kind: String, Sendable, CaseIterable {
        case user
        case machine
        case any
    }

    /// Where the rule is written.
    var span: SourceSpan
    var id: Located<String>?
    /// `permission`: one that the caller needs.
    var permission: Located<String>?
    /// `all`: the caller needs each.
    var all: [Located<String>] = []
    /// `any`: the caller needs one.
    var any: [Located<String>] = []
    var role: Located<String>?
    var kind: Located<Kind>?
    var isPublic: Located<Bool>?
    var isAuthenticated: Located<Bool>?
    var needsMember: Located<Bool>?
    var because: Located<String>?
    var isShadow = false
    /// Narrow a deny rule.
    var methods: [Located<HTTPMethod>] = []
    /// Narrow a deny rule.
    var routes: [Located<String>] = []
    var then: ObligationDeclaration?
    /// Whether a key that says whom it is for is written, readable or not.
    var hasSubject = true

    /// A rule without any key.
    init(at span: SourceSpan) { self.span = span }

    /// The permissions that it names, with their places.
    var permissions: [Located<String>] {
        (permission.map { [$0] } ?? []) + all + any
    }

    /// What the caller must have, in a few words.
    var requirement: String {
        var parts: [String] = []
        if isPublic != nil { parts.append("public") }
        if isAuthenticated != nil { parts.append("authenticated") }
        if needsMember != nil { parts.append("members") }
        if let permission { parts.append("permission \(permission.value)") }
        if !all.isEmpty { parts.append("all of \(all.map(\.value).joined(separator: ", "))") }
        if !any.isEmpty { parts.append("any of \(any.map(\.value).joined(separator: ", "))") }
        if let role { parts.append("role \(role.value)") }
        if let kind { parts.append("kind \(kind.value.rawValue)") }
        return parts.isEmpty ? "always" : parts.joined(separator: ", ")
    }
}

/// A `then`: what an allowed request gets and loses.
struct ObligationDeclaration: Sendable {
    /// A header and its value.
    struct Setting: Sendable {
        let name: Located<String>
        let value: Located<ValueTemplate>

        /// Whether the value tells where the request comes from.
        var readsOrigin: Bool {
            value.value.pieces.contains { if case .requestOrigin = $0 { true } else { false } }
        }
    }

    var requestSet: [Setting] = []
    var requestRemove: [Located<String>] = []
    var requestKeep: [Located<String>] = []
    var responseSet: [Setting] = []
}
