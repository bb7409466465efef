import PolicyEngine
import Values

/// A rule set as plain values, and the meaning of the language written down as simply as possible: lists
/// of texts, no tree, no bits. The compiled rule set is held to it.
struct ReferencePolicy {
    struct Rule {
        var id: String
        var permission: String?
        var any: [String] = []
        var all: [String] = []
        var role: String?
        var kind: String?
        var isPublic = false
        var isAuthenticated = false
        var needsMember = false
        var isShadow = false
        var methods: [String] = []
    }

    struct Route {
        var id: String
        var methods: [String]
        var path: String
        var host: String?
        var organization: String
        var allow: [Rule]
        var deny: [Rule]
        var crossing: String?
    }

    struct Role {
        var name: String
        var permissions: [String]
        var extends: String?
    }

    struct Request {
        var method: String
        var path: String
        var host: String
        var organizationHeaders: [String]
    }

    var permissions: [String] = []
    var roles: [Role] = []
    var projectDeny: [Rule] = []
    var routes: [Route] = []
    var crossingFrom: [String] = []
    var permissionsFromRoles = false

    // MARK: Matching

    func match(_ request: Request) -> Route? {
        let fitting = routes.filter { fits($0, request) }
        return fitting.min { isMoreSpecific($0, $1) }
    }

    private func segments(_ path: String) -> [String] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    private func fits(_ route: Route, _ request: Request) -> Bool {
        guard route.methods.isEmpty || route.methods.contains(request.method) else { return false }
        if let host = route.host {
            let asked = request.host.split(separator: ":")[0].lowercased()
            let suffix = String(host.dropFirst())
            let isFine =
                host.hasPrefix("*")
                ? asked.hasSuffix(suffix) && asked.count > suffix.count : asked == host
            guard isFine else { return false }
        }
        let (wanted, given) = (segments(route.path), segments(request.path))
        for (position, segment) in wanted.enumerated() {
            if segment == "**" { return given.count > position && given[position...] != [""] }
            guard position < given.count else { return false }
            if segment.hasPrefix("{") {
                if given[position].isEmpty { return false }
            } else if segment != given[position] {
                return false
            }
        }
        return wanted.count == given.count
    }

    private func isMoreSpecific(_ left: Route, _ right: Route) -> Bool {
        func rank(_ segment: String) -> Int {
            segment == "**" ? 2 : segment.hasPrefix("{") ? 1 : 0
        }
        for (one, other) in zip(segments(left.path), segments(right.path))
        where rank(one) != rank(other) {
            return rank(one) < rank(other)
        }
        func rank(_ host: String?) -> Int {
            guard let host else { return -1 }
            return host.hasPrefix("*") ? host.count : 1_000
        }
        if rank(left.host) != rank(right.host) { return rank(left.host) > rank(right.host) }
        return !left.methods.isEmpty && right.methods.isEmpty
    }

    // MARK: Deciding

    func decide(_ request: Request, _ person: PrincipalFacts?) -> String {
        guard let route = match(request) else { return "404 no-route" }
        let isPublic = !route.allow.isEmpty && route.allow.allSatisfy(\.isPublic)
        let caller = isPublic ? nil : person
        if caller == nil, !route.allow.contains(where: \.isPublic) { return "401 unauthenticated" }
        if let caller, let audience = caller.audience, audience != "https://api.example.test" {
            return "401 token-not-accepted"
        }
        var organization: String?
        switch route.organization {
        case "none": break
        case "token": organization = caller?.organization?.text
        case "header.x-organization":
            guard request.organizationHeaders.count == 1,
                isOrganization(request.organizationHeaders[0])
            else { return "400 no-organization" }
            organization = request.organizationHeaders[0]
        default:
            guard let position = segments(route.path).firstIndex(of: "{org}") else { return "?" }
            organization = segments(request.path)[position]
            if !isOrganization(organization ?? "") { return "404 other-organization" }
        }
        let mayCross = mayCross(caller, route)
        if route.organization != "none", let caller, caller.organization == nil, !mayCross {
            return "403 organization-required"
        }
        let isForeign = route.organization != "none" && organization != caller?.organization?.text
        if isForeign, route.crossing == nil { return "404 other-organization" }
        let standing = Standing(
            caller: caller, isForeign: isForeign, isMember: !isForeign && organization != nil,
            counts: route.organization != "none" || caller?.organization == nil)
        return judge(route, request, standing, mayCross)
    }

    private struct Standing {
        var caller: PrincipalFacts?
        var isForeign: Bool
        var isMember: Bool
        var counts: Bool
    }

    private func judge(
        _ route: Route,
        _ request: Request,
        _ standing: Standing,
        _ mayCross: Bool
    ) -> String {
        for rule in projectDeny + route.deny where !rule.isShadow {
            if !rule.methods.isEmpty, !rule.methods.contains(request.method) { continue }
            if holds(rule, standing, isDeny: true) { return "403 denied \(rule.id)" }
        }
        for rule in route.allow where !rule.isShadow {
            if standing.isForeign, rule.id != route.crossing || !mayCross { continue }
            if holds(rule, standing, isDeny: false) { return "allow \(rule.id)" }
        }
        if standing.caller == nil { return "401 unauthenticated" }
        return standing.isForeign ? "404 other-organization" : "403 not-permitted"
    }

    private func mayCross(_ caller: PrincipalFacts?, _ route: Route) -> Bool {
        guard let caller, route.crossing != nil else { return false }
        if caller.kind == .machine, crossingFrom.contains("machine") { return true }
        return caller.organization.map { crossingFrom.contains($0.text) } ?? false
    }

    private func holds(_ rule: Rule, _ standing: Standing, isDeny: Bool) -> Bool {
        let needsToken =
            rule.permission != nil || !rule.any.isEmpty || !rule.all.isEmpty || rule.role != nil
            || rule.isAuthenticated || rule.needsMember
        switch (rule.kind, standing.caller?.kind) {
        case ("any", let kind): if kind == nil { return false }
        case ("user", let kind): if kind != .user { return false }
        case ("machine", let kind): if kind != .machine { return false }
        case (_, nil): if isDeny ? needsToken : !rule.isPublic { return false }
        case (_, .machine?): if !isDeny, !rule.isPublic { return false }
        case (_, .user?): break
        }
        if rule.needsMember, !standing.isMember { return false }
        guard rule.permission != nil || !rule.any.isEmpty || !rule.all.isEmpty || rule.role != nil
        else { return true }
        guard let caller = standing.caller, isDeny || standing.counts else { return false }
        let held = heldPermissions(caller)
        if let permission = rule.permission, !held.contains(permission) { return false }
        if !rule.all.allSatisfy(held.contains) { return false }
        if !rule.any.isEmpty, !rule.any.contains(where: held.contains) { return false }
        if let role = rule.role {
            let own = caller.isFirstParty ? closure(caller.roles ?? []) : []
            if !own.contains(role) { return false }
        }
        return true
    }

    private func closure(_ names: [String]) -> [String] {
        names.flatMap { name -> [String] in
            guard let role = roles.first(where: { $0.name == name }) else { return [] }
            return [name] + (role.extends.map { closure([$0]) } ?? [])
        }
    }

    private func heldPermissions(_ caller: PrincipalFacts) -> [String] {
        let implied = caller.roles.map { names in
            closure(names).flatMap { name in
                roles.first { $0.name == name }?.permissions ?? []
            }
        }
        if permissionsFromRoles { return caller.isFirstParty ? implied ?? [] : [] }
        let scopes = caller.scopes.filter(permissions.contains)
        return implied.map { implied in scopes.filter(implied.contains) } ?? scopes
    }

    private func isOrganization(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")
            }
    }
}
