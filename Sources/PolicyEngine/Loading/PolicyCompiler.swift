import Cryptography
import Documents
import Values

/// Turns a linked rule set without errors into the tables that decide.
struct PolicyCompiler {
    private let policy: LinkedPolicy
    private var parts: PolicySnapshot.Parts

    /// A compiler of that rule set.
    init(_ policy: LinkedPolicy, environment: PolicyEnvironment) {
        self.policy = policy
        parts = PolicySnapshot.Parts(environment: environment)
    }

    /// The finished rule set.
    ///
    /// - Parameter files: what it was loaded from, in the order of paths; the hash covers them.
    mutating func compile(_ files: [SourceFile]) -> PolicySnapshot {
        parts.hash = Self.hash(files)
        parts.name = policy.name
        parts.vocabulary = policy.vocabulary
        parts.defaults = policy.defaults
        compileRules(policy.rules, into: &parts.tables)
        parts.rules = policy.rules.map(Self.facts)
        for (number, route) in policy.routes.enumerated() { compile(route, number) }
        parts.index = RouteIndexBuilder(policy.routes).index()
        parts.protectedHeaderNames = Set(
            parts.obligations.flatMap(\.setRequestHeaders).map(HeaderName.normalForm)
        ).sorted()
        parts.selfService = policy.selfService.map(compile)
        return PolicySnapshot(parts)
    }

    private func compileRules(_ rules: [LinkedRule], into tables: inout RuleTables) {
        for rule in rules {
            var compiled = RuleTables.Rule()
            compiled.callers = rule.callers
            compiled.isShadow = rule.declaration.isShadow
            compiled.needsMember = rule.declaration.needsMember != nil
            compiled.all = tables.mask(rule.all)
            compiled.any = tables.mask(rule.any)
            compiled.role = tables.mask(NameBits(rule.role.map { [$0] } ?? []))
            compiled.methods = RuleTables.Run(
                start: Int32(tables.methodNames.count), count: Int32(rule.declaration.methods.count)
            )
            tables.methodNames += rule.declaration.methods.map(\.value)
            tables.rules.append(compiled)
        }
    }

    private mutating func compile(_ route: LinkedRoute, _ number: Int) {
        var compiled = RuleTables.Route()
        compiled.deny = addNumbers(route.deny)
        compiled.allow = addNumbers(route.allow)
        compiled.upstream = Int32(route.upstream.index)
        compiled.audience = Int32(route.audience ?? -1)
        compiled.takesOrganizationTokens = route.takesOrganizationTokens
        let publicRules = route.allow.filter { policy.rules[$0].declaration.isPublic != nil }
        compiled.hasPublicRule = !publicRules.isEmpty
        compiled.readsOrigin = route.ruleObligations.contains { obligations in
            (obligations.requestSet + obligations.responseSet).contains(where: \.readsOrigin)
        }
        compiled.isPublic = !publicRules.isEmpty && publicRules.count == route.allow.count
        switch route.organization {
        case .none: compiled.organization = .none
        case .token: compiled.organization = .token
        case .path: compiled.organization = .path
        case .header(let name):
            compiled.organization = .header
            compiled.headers = RuleTables.Run(start: Int32(parts.headerNames.count), count: 1)
            parts.headerNames.append(name)
        }
        compiled.crossingRule = Int32(route.crossingRule ?? -1)
        let origins = route.crossingOrigins.filter { !$0.isExactly("machine") }
        compiled.crossingTakesMachines = origins.count < route.crossingOrigins.count
        compiled.crossingOrigins = RuleTables.Run(
            start: Int32(parts.tables.crossingOrigins.count), count: Int32(origins.count))
        for origin in origins {
            let text = parts.tables.store(Array(origin.utf8))
            parts.tables.crossingOrigins.append(text)
        }
        parts.tables.routes.append(compiled)
        let parameters = addPatterns(route)
        addObligations(route, parameters)
        parts.routes.append(facts(route))
    }

    private mutating func addNumbers(_ numbers: [Int]) -> RuleTables.Run {
        let run = RuleTables.Run(
            start: Int32(parts.tables.ruleNumbers.count), count: Int32(numbers.count))
        parts.tables.ruleNumbers += numbers.map { Int32($0) }
        return run
    }

    /// Adds the patterns of a route and gives the names of its parameters, in the order of `slots`.
    private mutating func addPatterns(_ route: LinkedRoute) -> [String] {
        var names: [String] = []
        for name in route.declaration.matches.flatMap(\.value.parameters)
        where !names.contains(where: name.isExactly) {
            names.append(name)
        }
        for match in route.declaration.matches {
            let own = match.value.parameters
            var pattern = RuleTables.Pattern()
            if case .path(let parameter) = route.organization {
                pattern.organizationSlot = Int32(own.firstIndex(where: parameter.isExactly) ?? -1)
            }
            pattern.slots = RuleTables.Run(
                start: Int32(parts.tables.slots.count), count: Int32(names.count))
            parts.tables.slots += names.map { name in
                Int32(own.firstIndex(where: name.isExactly) ?? -1)
            }
            parts.tables.patterns.append(pattern)
        }
        return names
    }

    /// Adds the obligations of a route; rules without a `then` of their own share the route's.
    private mutating func addObligations(_ route: LinkedRoute, _ parameters: [String]) {
        var shared: Int?
        for (number, obligations) in zip(route.allow, route.ruleObligations) {
            let hasOwn = policy.rules[number].declaration.then != nil
            let index = hasOwn ? nil : shared
            let added = index ?? add(obligations, route.traffic, parameters)
            if !hasOwn { shared = added }
            parts.tables.rules[number].obligations = Int32(added)
        }
    }

    private mutating func add(
        _ obligations: LinkedObligations, _ traffic: TrafficBounds, _ parameters: [String]
    ) -> Int {
        parts.tables.obligations.append(
            RuleTables.Obligations(
                request: addSteps(obligations.requestSet, parameters),
                response: addSteps(obligations.responseSet, parameters)
            ))
        parts.obligations.append(
            Obligations(
                removedRequestHeaders: obligations.requestRemove.map(\.value),
                keepsAuthorization: obligations.keepsAuthorization,
                setRequestHeaders: obligations.requestSet.map(\.name.value),
                setResponseHeaders: obligations.responseSet.map(\.name.value),
                traffic: traffic
            ))
        return parts.obligations.count - 1
    }

    private mutating func addSteps(
        _ settings: [ObligationDeclaration.Setting],
        _ parameters: [String]
    ) -> RuleTables.Run {
        let start = parts.tables.headerSteps.count
        for setting in settings {
            let name = parts.tables.store(Array("\(setting.name.value): ".utf8))
            parts.tables.headerSteps.append(.line(name))
            for piece in setting.value.value.pieces {
                let step = step(piece, parameters)
                parts.tables.headerSteps.append(step)
            }
            parts.tables.headerSteps.append(.end(isChecked: setting.value.value.readsRequest))
        }
        return RuleTables.Run(
            start: Int32(start), count: Int32(parts.tables.headerSteps.count - start))
    }

    private mutating func step(
        _ piece: ValueTemplate.Piece,
        _ parameters: [String]
    ) -> RuleTables.HeaderStep {
        switch piece {
        case .text(let text): return .text(parts.tables.store(Array(text.utf8)))
        case .principalID: return .principalID
        case .principalOrganization: return .principalOrganization
        case .principalClient: return .principalClient
        case .principalKind: return .principalKind
        case .organizationID: return .organization
        case .pathParameter(let name):
            return .parameter(Int32(parameters.firstIndex(where: name.isExactly) ?? -1))
        case .requestID: return .requestID
        case .requestMethod: return .requestMethod
        case .requestPath: return .requestPath
        case .requestHost: return .requestHost
        case .requestOrigin(let value):
            parts.tables.originValues.append(value)
            return .requestOrigin(Int32(parts.tables.originValues.count - 1))
        case .join(let join):
            if let known = parts.joins.firstIndex(of: join) { return .join(Int32(known)) }
            parts.joins.append(join)
            return .join(Int32(parts.joins.count - 1))
        }
    }

    private static func facts(_ rule: LinkedRule) -> RuleFacts {
        RuleFacts(
            id: rule.id,
            effect: rule.effect,
            span: rule.declaration.id?.span ?? rule.declaration.span,
            because: rule.declaration.because?.value,
            declaration: rule.declaration
        )
    }

    private func facts(_ route: LinkedRoute) -> RouteFacts {
        RouteFacts(
            id: route.id,
            policy: route.policy,
            span: route.declaration.span,
            patterns: route.declaration.matches.map(\.value),
            host: route.declaration.host?.value.text,
            upstream: route.upstream.name,
            organization: route.organization,
            crossingRule: route.crossingRule.map { policy.rules[$0].id },
            crossingOrigins: route.crossingOrigins,
            audience: route.audience.map { parts.environment.audiences[$0] },
            takesOrganizationTokens: route.takesOrganizationTokens
        )
    }

    private func compile(_ selfService: LinkedSelfService) -> SelfServicePolicy {
        var tables = RuleTables()
        compileRules(selfService.rules, into: &tables)
        for action in selfService.actions {
            var route = RuleTables.Route()
            route.organization = action.hasOrganization ? .token : .none
            route.deny = RuleTables.Run(
                start: Int32(tables.ruleNumbers.count), count: Int32(action.deny.count))
            tables.ruleNumbers += action.deny.map { Int32($0) }
            route.allow = RuleTables.Run(
                start: Int32(tables.ruleNumbers.count), count: Int32(action.allow.count))
            tables.ruleNumbers += action.allow.map { Int32($0) }
            tables.routes.append(route)
        }
        return SelfServicePolicy(
            name: selfService.name,
            roles: selfService.roles,
            rules: selfService.rules.map(Self.facts),
            vocabulary: policy.vocabulary,
            actions: Dictionary(
                selfService.actions.enumerated().map { (ExactText($1.name), $0) },
                uniquingKeysWith: { first, _ in first }),
            tables: tables
        )
    }

    /// Paths and contents, each with its length before it, so that no two sets give the same bytes.
    private static func hash(_ files: [SourceFile]) -> String {
        var bytes: [UInt8] = []
        for file in files {
            for part in [Array(file.path.utf8), file.bytes] {
                let count = UInt64(part.count)
                for shift in stride(from: 56, through: 0, by: -8) {
                    bytes.append(UInt8(truncatingIfNeeded: count >> UInt64(shift)))
                }
                bytes += part
            }
        }
        return "sha256:\(Hexadecimal.text(SHA256.hash(bytes)))"
    }
}
