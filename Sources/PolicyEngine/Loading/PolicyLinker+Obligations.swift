import Documents
import Values

extension PolicyLinker {
    /// Merges the obligations of file, route and rules, in this order.
    mutating func link(obligations file: ObligationDeclaration?, of route: inout LinkedRoute) {
        var merged = Merging(findings: findings)
        if let file { merged.add(file) }
        if let own = route.declaration.then {
            merged.add(own)
            checkParameters(own, of: route)
        }
        route.obligations = merged.result
        for number in route.allow {
            var ofRule = merged
            if let own = linked.rules[number].declaration.then {
                ofRule.add(own)
                checkParameters(own, of: route)
            }
            route.ruleObligations.append(ofRule.result)
        }
        checkKeep(file, of: route)
    }

    /// A public route never forwards the token, so that nothing can keep it.
    private func checkKeep(_ file: ObligationDeclaration?, of route: LinkedRoute) {
        let isPublic =
            !route.allow.isEmpty
            && route.allow.allSatisfy { linked.rules[$0].declaration.isPublic != nil }
        guard isPublic else { return }
        let own = route.allow.compactMap { linked.rules[$0].declaration.then }
        let kept = ([route.declaration.then] + own).compactMap { $0?.requestKeep.first }
        for name in kept {
            findings.error(
                .keepWithoutEffect,
                "`\(name.value)` cannot be kept on a public route",
                at: name.span,
                label: "the token is neither read nor forwarded there",
                help: "take it out"
            )
        }
    }

    private func checkParameters(_ then: ObligationDeclaration, of route: LinkedRoute) {
        for setting in then.requestSet + then.responseSet {
            for parameter in setting.value.value.parameters {
                for match in route.declaration.matches {
                    let known = match.value.parameters
                    guard !known.contains(where: parameter.isExactly) else { continue }
                    findings.unknown(
                        .unknownParameter, "parameter",
                        Located(parameter, setting.value.span), among: known,
                        of: "parameters of `\(match.value.text)`")
                }
            }
            if setting.value.value.pieces.contains(.organizationID), route.organization == .none {
                findings.error(
                    .ruleNeedsOrganization,
                    "`org.id` on a route without an organization",
                    at: setting.value.span,
                    help: "say with `organization` how requests name theirs"
                )
            }
        }
    }

    /// A parameter that the `then` of a file names must stand in some route of it.
    func checkFileTemplates(_ policy: RouteDocument) {
        guard let then = policy.then else { return }
        let known = policy.routes.flatMap(\.matches).flatMap(\.value.parameters)
        for setting in then.requestSet + then.responseSet {
            for parameter in setting.value.value.parameters
            where !known.contains(where: parameter.isExactly) {
                findings.unknown(
                    .unknownParameter, "parameter", Located(parameter, setting.value.span),
                    among: known, of: "parameters of any route of this file")
            }
        }
    }

    /// A header that the gateway sets cannot tell it anything: the client's copy of it is removed.
    func checkHeadersRead(_ policies: [RouteDocument]) {
        var set: [String: SourceSpan] = [:]
        for policy in policies {
            let rules = policy.routes.flatMap(\.allow).compactMap(\.then)
            for then in [policy.then].compactMap(\.self) + policy.routes.compactMap(\.then) + rules
            {
                for setting in then.requestSet {
                    let form = HeaderName.normalForm(setting.name.value)
                    if set[form] == nil { set[form] = setting.name.span }
                }
            }
        }
        for policy in policies {
            for source in [policy.organization] + policy.routes.map(\.organization) {
                guard let source, case .header(let name) = source.value else { continue }
                let form = HeaderName.normalForm(name)
                let place = set[form]
                guard place != nil || form.hasPrefix("gatehouse-") else { continue }
                findings.error(
                    .headerReadAndSet,
                    "the header `\(name)` is set by the gateway and cannot name the organization",
                    at: source.span,
                    label: "the client's copy is removed on every route",
                    labels: place.map { [Diagnostic.Label($0, "set here")] } ?? [],
                    help: "read another header, or set another one"
                )
            }
        }
    }

    /// A separator that stands in a name would let one name pass for two.
    func checkSeparators(_ policies: [RouteDocument]) {
        for policy in policies {
            let rules = policy.routes.flatMap(\.allow).compactMap(\.then)
            for then in [policy.then].compactMap(\.self) + policy.routes.compactMap(\.then) + rules
            {
                for setting in then.requestSet + then.responseSet { checkSeparators(setting) }
            }
        }
    }

    private func checkSeparators(_ setting: ObligationDeclaration.Setting) {
        for case .join(let join) in setting.value.value.pieces {
            let names =
                switch join.list {
                case .permissions: linked.vocabulary.permissions
                case .roles: linked.vocabulary.roles.map(\.name)
                }
            let clash = names.first { Self.contains($0, join.separator) }
            guard join.separator.isEmpty || clash != nil else { continue }
            findings.error(
                .ambiguousSeparator,
                "names joined with `\(join.separator)` cannot be told apart",
                at: setting.value.span,
                label: clash.map { "the name `\($0)` holds the separator" }
                    ?? "the separator is empty",
                help: "join with a text that no name of the vocabulary holds"
            )
        }
    }

    private static func contains(_ name: String, _ part: String) -> Bool {
        let (text, wanted) = (Array(name.utf8), Array(part.utf8))
        guard !wanted.isEmpty, text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains { start in
            text[start..<start + wanted.count].elementsEqual(wanted)
        }
    }
}

/// Obligations while levels are added; one header may be named at one level only.
private struct Merging {
    let findings: Findings
    var result = LinkedObligations()
    private var request: [String: SourceSpan] = [:]
    private var response: [String: SourceSpan] = [:]
    private var removed: Set<String> = []

    init(findings: Findings) { self.findings = findings }

    mutating func add(_ then: ObligationDeclaration) {
        for setting in then.requestSet where claim(setting.name, in: &request) {
            result.requestSet.append(setting)
        }
        for name in then.requestRemove {
            let form = HeaderName.normalForm(name.value)
            guard !removed.contains(form) else { continue }
            if claim(name, in: &request) {
                removed.insert(form)
                result.requestRemove.append(name)
            }
        }
        for name in then.requestKeep where !result.keepsAuthorization {
            if claim(name, in: &request) { result.keepsAuthorization = true }
        }
        for setting in then.responseSet where claim(setting.name, in: &response) {
            result.responseSet.append(setting)
        }
    }

    private func claim(
        _ name: Located<String>,
        in claimed: inout [String: SourceSpan]
    ) -> Bool {
        let form = HeaderName.normalForm(name.value)
        guard let first = claimed[form] else {
            claimed[form] = name.span
            return true
        }
        // Each route of a file repeats the merge: the file's own conflicts are reported once.
        if !findings.hasError(.headerConflict, at: name.span) {
            findings.error(
                .headerConflict,
                "what happens to `\(name.value)` is said twice",
                at: name.span,
                labels: [Diagnostic.Label(first, "first here")],
                help: "name a header once among the `then` of file, route and rule"
            )
        }
        return false
    }
}
