import Documents
import Values

extension PolicyLinker {
    /// Links the routes of a file.
    mutating func link(_ policy: RouteDocument, projectDeny: [Int]) {
        let upstream = upstream(of: policy)
        let audience = audience(of: policy)
        let fileDeny = policy.deny.enumerated().map { position, declaration in
            addRule(
                declaration, .deny, defaultID: "\(policy.name)/deny-\(position + 1)",
                hasOrganization: true)
        }
        var ids: [String] = []
        for declaration in policy.routes {
            let id = routeID(declaration)
            ids.append(id)
            var route = LinkedRoute(
                id: id,
                policy: policy.name,
                declaration: declaration,
                upstream: upstream ?? (-1, ""),
                audience: audience,
                takesOrganizationTokens: policy.tokens.contains(.organization),
                organization: organization(of: declaration, in: policy)
            )
            link(&route, declaration, projectDeny + fileDeny)
            route.traffic = route.declaration.traffic.bounds.over(policy.traffic.bounds)
            link(obligations: policy.then, of: &route)
            checkCovered(route)
            linked.routes.append(route)
        }
        for traffic in [policy.traffic] + policy.routes.map(\.traffic) { checkMaxBody(traffic) }
        narrowToRoutes(fileDeny, among: ids, of: policy.path)
        checkFileTemplates(policy)
    }

    /// The limit of the operator is the operator's: a policy may narrow it.
    private func checkMaxBody(_ traffic: TrafficDeclaration) {
        guard let span = traffic.maxBody, let size = traffic.bounds.maxBodyBytes,
            size > environment.bodyLimit
        else { return }
        findings.error(
            .wrongValue,
            "`max_body` is more than `limits.body` of `gatehouse.yaml` allows: "
                + "\(environment.bodyLimit) bytes",
            at: span,
            help: "write less, or raise `limits.body` there"
        )
    }

    private mutating func link(
        _ route: inout LinkedRoute,
        _ declaration: RouteDeclaration,
        _ inherited: [Int]
    ) {
        let hasOrganization = route.organization != .none
        let own = declaration.deny.enumerated().map { position, rule in
            if let first = rule.routes.first {
                findings.error(
                    .wrongValue,
                    "a deny rule of a route is for this route alone",
                    at: first.span,
                    help: "take `routes` out, or move the rule to the `deny` of the file"
                )
            }
            return addRule(
                rule, .deny, defaultID: "\(route.id)/deny-\(position + 1)",
                hasOrganization: hasOrganization)
        }
        route.deny = inherited.filter { applies($0, to: route) } + own
        route.allow = declaration.allow.enumerated().map { position, rule in
            addRule(
                rule, .allow, defaultID: "\(route.id)/\(position + 1)",
                hasOrganization: hasOrganization)
        }
        let isClosed = own.contains { !linked.rules[$0].declaration.isShadow }
        if route.allow.isEmpty, !isClosed, !findings.list.containsError {
            findings.warning(
                .routeWithoutAllow,
                "the route `\(route.id)` allows nobody",
                at: declaration.span,
                help: "add `allow`, or a deny rule that says why it is closed"
            )
        }
        linkCrossing(&route, declaration)
    }

    /// Whether an inherited deny rule reaches a route: its `routes`, and at least one of its methods.
    private func applies(_ number: Int, to route: LinkedRoute) -> Bool {
        let rule = linked.rules[number].declaration
        guard rule.routes.isEmpty || rule.routes.contains(where: { $0.value.isExactly(route.id) })
        else { return false }
        return rule.methods.isEmpty
            || route.declaration.matches.contains { match in
                match.value.methods.isEmpty
                    || match.value.methods.contains { method in
                        rule.methods.contains { $0.value == method }
                    }
            }
    }

    /// Checks the routes that deny rules name.
    func narrowToRoutes(_ rules: [Int], among ids: [String], of place: String) {
        for number in rules {
            for name in linked.rules[number].declaration.routes
            where !ids.contains(where: name.value.isExactly) {
                findings.unknown(
                    .unknownRoute, "route", name, among: ids, of: "routes of \(place)")
            }
        }
    }

    private func upstream(of policy: RouteDocument) -> (index: Int, name: String)? {
        guard let name = policy.upstream else { return nil }
        if let index = environment.upstreams.firstIndex(where: name.value.isExactly) {
            return (index, name.value)
        }
        findings.unknown(
            .unknownUpstream, "upstream", name, among: environment.upstreams,
            of: "upstreams of gatehouse.yaml")
        return nil
    }

    private func audience(of policy: RouteDocument) -> Int? {
        guard policy.tokens.contains(.api) else { return nil }
        if let name = policy.audience {
            if let index = environment.audiences.firstIndex(where: name.value.isExactly) {
                return index
            }
            findings.unknown(
                .unknownAudience, "audience", name, among: environment.audiences,
                of: "audiences of gatehouse.yaml")
            return nil
        }
        switch environment.audiences.count {
        case 1: return 0
        case 0 where policy.tokens.contains(.organization): return nil
        case 0:
            findings.error(
                .audienceRequired,
                "the policy takes API tokens only, and no audience is configured",
                at: policy.span,
                help: "add one to `logto.audiences` in `gatehouse.yaml`"
            )
        default:
            findings.error(
                .audienceRequired,
                "several audiences are configured, and the policy names none",
                at: policy.span,
                help: "add `audience:` with one of \(PolicyDecoder.list(environment.audiences)),"
                    + " or `tokens: [organization]`"
            )
        }
        return nil
    }

    private mutating func routeID(_ declaration: RouteDeclaration) -> String {
        let id = declaration.id?.value ?? Self.slug(declaration)
        let span = declaration.id?.span ?? declaration.span
        if let first = routeSpans[ExactText(id)] {
            findings.error(
                .duplicateRoute,
                "two routes are called `\(id)`",
                at: span,
                labels: [Diagnostic.Label(first, "first here")],
                help: declaration.id == nil ? "give the route an `id`" : nil
            )
        } else {
            routeSpans[ExactText(id)] = span
        }
        return id
    }

    /// `GET /orgs/{org}/projects` becomes `get-orgs-org-projects`.
    private static func slug(_ declaration: RouteDeclaration) -> String {
        let text = declaration.matches.first?.value.text ?? "route"
        let words = text.replacing("**", with: "rest").split { character in
            !(character.isASCII && (character.isLetter || character.isNumber))
        }
        return words.joined(separator: "-").lowercased()
    }

    private func organization(
        of route: RouteDeclaration,
        in policy: RouteDocument
    ) -> OrganizationSource {
        guard let source = route.organization ?? policy.organization else {
            findings.error(
                .organizationMissing,
                "the route does not say how a request names its organization",
                at: route.span,
                help: "add `organization` to the file or the route: `path.<parameter>`,"
                    + " `header.<name>`, `token` or `none`"
            )
            return .token
        }
        switch source.value {
        case .path(let parameter):
            for match in route.matches
            where !match.value.parameters.contains(where: parameter.isExactly) {
                let near = Suggestion.nearest(to: parameter, among: match.value.parameters)
                findings.error(
                    .organizationParameter,
                    "the match has no parameter `{\(parameter)}` that could name the organization",
                    at: match.span,
                    labels: [Diagnostic.Label(source.span, "asked for here")],
                    help: near.map { "did you mean `organization: path.\($0)`?" }
                        ?? "give the route its own `organization`"
                )
            }
        case .none:
            let names = ["org", "organization", "org_id", "organization_id"]
            for match in route.matches {
                let ignored = match.value.parameters.first { parameter in
                    names.contains(where: parameter.isExactly)
                }
                guard let ignored else { continue }
                findings.warning(
                    .organizationIgnored,
                    "the path names an organization, and the route has none",
                    at: match.span,
                    label: "`{\(ignored)}` is not compared with the token",
                    labels: [Diagnostic.Label(source.span, "`none` here")],
                    help: "write `organization: path.\(ignored)`"
                )
            }
        case .token, .header: break
        }
        return source.value
    }

    private mutating func linkCrossing(
        _ route: inout LinkedRoute,
        _ declaration: RouteDeclaration
    ) {
        guard let name = declaration.crossingRule else { return }
        usedCrossings.insert(ExactText(name.value))
        switch route.organization {
        case .none, .token:
            findings.error(
                .crossingImpossible,
                "a request of this route cannot name a foreign organization",
                at: name.span,
                label: "its organization is `\(route.organization.text)`",
                help: "take the organization from the path or a header"
            )
        case .path, .header: break
        }
        let ids = route.allow.map { linked.rules[$0].id }
        guard let position = ids.firstIndex(where: name.value.isExactly) else {
            findings.unknown(
                .unknownRule, "allow rule", name, among: ids, of: "allow rules of this route")
            return
        }
        let number = route.allow[position]
        if let members = linked.rules[number].declaration.needsMember {
            findings.error(
                .crossingImpossible,
                "a crossing rule for `members` never holds",
                at: members.span,
                label: "who crosses is no member of the organization"
            )
        }
        guard let origins = crossings[ExactText(name.value)] else {
            findings.error(
                .crossingNotListed,
                "the project does not let the rule `\(name.value)` cross organizations",
                at: name.span,
                help: "add it to `crossing_allowed_by` in the project file, with the organizations"
                    + " that may use it"
            )
            return
        }
        route.crossingRule = number
        route.crossingOrigins = origins.map(\.value)
    }

    /// Two patterns of equal rank that match the same requests.
    func checkConflicts() {
        struct Key: Hashable {
            let path: [ExactText]
            let host: ExactText
            let method: ExactText
        }
        var seen: [Key: (route: String, span: SourceSpan)] = [:]
        for route in linked.routes {
            for match in route.declaration.matches {
                let path = match.value.segments.map { segment in
                    switch segment {
                    case .literal(let text): ExactText(text)
                    case .parameter: ExactText("{}")
                    case .rest: ExactText("**")
                    }
                }
                let methods = match.value.methods.map(\.name)
                var reported: Set<SourceSpan> = []
                for method in methods.isEmpty ? ["ANY"] : methods {
                    let key = Key(
                        path: path,
                        host: ExactText(route.declaration.host?.value.text ?? "*"),
                        method: ExactText(method)
                    )
                    guard let first = seen[key] else {
                        seen[key] = (route.id, match.span)
                        continue
                    }
                    guard reported.insert(first.span).inserted else { continue }
                    findings.error(
                        .routeConflict,
                        "two routes match the same requests with equal rank",
                        at: match.span,
                        label: "`\(route.id)`",
                        labels: [Diagnostic.Label(first.span, "`\(first.route)`")],
                        help: "make one of them more specific, or limit it to a `host`"
                    )
                }
            }
        }
    }
}
