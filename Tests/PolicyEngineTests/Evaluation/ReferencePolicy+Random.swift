import PolicyEngine
import Values

/// Random numbers that come again with the same seed (SplitMix64), so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One time in so many.
    mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }

    mutating func some<Element>(_ elements: [Element], upTo count: Int) -> [Element] {
        Array(elements.shuffled(using: &self).prefix(Int.random(in: 0...count, using: &self)))
    }
}

extension ReferencePolicy {
    /// A random rule set; few names, so that its parts meet.
    static func random(using random: inout SeededRandom) -> ReferencePolicy {
        var policy = ReferencePolicy()
        let size = random.pick([4, 4, 70, 200])
        policy.permissions = (0..<size).map { "p:\($0)" }
        // The last names fall behind the words that lie inline.
        let used = Array(policy.permissions.prefix(2) + policy.permissions.suffix(2))
        for number in 0..<4 {
            let parents = policy.roles.map(\.name)
            policy.roles.append(
                Role(
                    name: "r\(number)", permissions: random.some(used, upTo: 3),
                    extends: parents.isEmpty || random.oneIn(2) ? nil : random.pick(parents)))
        }
        policy.crossingFrom = [
            random.pick(["org_a", "staff"]), random.pick(["machine", "org_b"]),
        ]
        policy.permissionsFromRoles = random.oneIn(5)
        if random.oneIn(3) {
            policy.projectDeny = [
                policy.rule("deny-all", used, isDeny: true, hasOrganization: true, &random)
            ]
        }
        var hasCrossing = false
        for number in 0..<Int.random(in: 1...12, using: &random) {
            var route = policy.route(number, used, &random)
            let canCross =
                route.organization == "path.org" || route.organization.hasPrefix("header")
            if canCross, !hasCrossing, random.oneIn(2) {
                hasCrossing = true
                route.crossing = "cross"
                route.allow[0].id = "cross"
                route.allow[0].needsMember = false
                if route.allow[0].permission == nil { route.allow[0].isAuthenticated = true }
            }
            policy.routes.append(route)
        }
        return policy
    }

    private func route(
        _ number: Int,
        _ used: [String],
        _ random: inout SeededRandom
    ) -> Route {
        var segments: [String] = []
        var hasOrganization = false
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let kind = random.pick(["a", "b", "a", "{org}", "{x\(segments.count)}"])
            if kind == "{org}", hasOrganization { continue }
            hasOrganization = hasOrganization || kind == "{org}"
            segments.append(kind)
        }
        if random.oneIn(4) { segments.append("**") } else if random.oneIn(8) { segments.append("") }
        let sources = ["none", "token", "header.x-organization"]
        let organization = hasOrganization && !random.oneIn(4) ? "path.org" : random.pick(sources)
        let isOrganized = organization != "none"
        let id = "route-\(number)"
        let allow = (0...Int.random(in: 0...2, using: &random)).map { position in
            rule("\(id)-a\(position)", used, isDeny: false, hasOrganization: isOrganized, &random)
        }
        let deny = (0..<random.pick([0, 0, 1])).map { position in
            rule("\(id)-d\(position)", used, isDeny: true, hasOrganization: isOrganized, &random)
        }
        return Route(
            id: id,
            methods: random.oneIn(3) ? [] : random.pick([["GET"], ["POST"], ["GET", "PUT"]]),
            path: "/" + segments.joined(separator: "/"),
            host: random.pick([nil, nil, nil, "api.test", "*.test", "*.api.test"]),
            organization: organization, allow: allow, deny: deny, crossing: nil)
    }

    private func rule(
        _ id: String,
        _ used: [String],
        isDeny: Bool,
        hasOrganization: Bool,
        _ random: inout SeededRandom
    ) -> Rule {
        var rule = Rule(id: id)
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where !hasOrganization: rule.isPublic = !isDeny
        case 1: rule.isAuthenticated = true
        case 2 where hasOrganization: rule.needsMember = true
        case 3: rule.all = [random.pick(used), random.pick(used)]
        case 4: rule.any = [random.pick(used), random.pick(used)]
        case 5 where hasOrganization: rule.role = random.pick(roles).name
        default: rule.permission = random.pick(used)
        }
        if !rule.isPublic, random.oneIn(3) { rule.kind = random.pick(["user", "machine", "any"]) }
        if hasOrganization, !rule.isPublic, random.oneIn(4) { rule.permission = random.pick(used) }
        if isDeny, random.oneIn(2) { rule.methods = ["POST"] }
        rule.isShadow = random.oneIn(6)
        return rule
    }

    /// A random caller; now and then nobody.
    func person(using random: inout SeededRandom) -> PrincipalFacts? {
        if random.oneIn(8) { return nil }
        let used = Array(permissions.prefix(2) + permissions.suffix(2)) + ["unknown"]
        let organization = random.pick(["org_a", "org_b", "staff", nil])
        let audiences: [String?] = [
            organization == nil ? "https://api.example.test" : nil, "https://api.example.test",
            random.oneIn(4) ? "https://other.example.test" : nil,
        ]
        return PrincipalFacts(
            id: UserID("u"), organization: organization.map { OrganizationID($0) },
            kind: random.oneIn(4) ? .machine : .user, client: ClientID("app"),
            isFirstParty: !random.oneIn(4), audience: random.pick(audiences),
            scopes: random.some(used, upTo: 5),
            roles: random.oneIn(2) ? nil : random.some(roles.map(\.name) + ["unknown"], upTo: 3))
    }

    /// A random request; mostly one that some route is near to.
    func request(using random: inout SeededRandom) -> Request {
        let organizations = ["org_a", "org_b", "staff", "a%20b"]
        var path = "/"
        if random.oneIn(4) {
            path += (0...Int.random(in: 0...3, using: &random))
                .map { _ in random.pick(["a", "b", "c", "org_a"]) }.joined(separator: "/")
        } else {
            path += random.pick(routes).path.dropFirst().split(
                separator: "/", omittingEmptySubsequences: false
            ).map { segment in
                switch segment {
                case "{org}": random.pick(organizations)
                case "**": random.pick(["a", "b/c", "a/b/"])
                case let text where text.hasPrefix("{"): random.pick(["a", "b", "z"])
                case let text: String(text)
                }
            }.joined(separator: "/")
        }
        return Request(
            method: random.pick(["GET", "POST", "PUT", "DELETE"]), path: path,
            host: random.pick(["localhost", "api.test", "API.test:8080", "x.api.test", "y.test"]),
            organizationHeaders: random.some(organizations, upTo: random.pick([0, 1, 1, 2])))
    }
}
