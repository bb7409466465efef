import Documents
import Values

/// Resolves the names of a rule set across its files and checks what only the whole can show.
///
/// It goes on after an error; what it returns is used only if there was none.
struct PolicyLinker {
    let sources: PolicySources
    let environment: PolicyEnvironment
    let findings: Findings

    var linked = LinkedPolicy()
    /// Where permissions, roles, rules and routes are declared.
    var permissionSpans: [ExactText: SourceSpan] = [:]
    var roleSpans: [ExactText: SourceSpan] = [:]
    var ruleSpans: [ExactText: SourceSpan] = [:]
    var routeSpans: [ExactText: SourceSpan] = [:]
    /// The rules that may cross organizations, by the project; and those that routes name.
    var crossings: [ExactText: [Located<String>]] = [:]
    var usedCrossings: Set<ExactText> = []

    init(_ sources: PolicySources, environment: PolicyEnvironment, findings: Findings) {
        self.sources = sources
        self.environment = environment
        self.findings = findings
    }

    /// Links the whole set.
    mutating func link() -> LinkedPolicy {
        linkVocabulary()
        guard let project = theProject() else { return linked }
        linked.name = project.name
        linked.defaults = project.defaults
        for crossing in project.crossings {
            crossings[ExactText(crossing.rule.value), default: []] += crossing.from
        }
        let projectDeny = project.deny.enumerated().map { position, declaration in
            addRule(
                declaration, .deny, defaultID: "project/deny-\(position + 1)", hasOrganization: true
            )
        }
        let policies = selectedPolicies(project)
        checkPolicyNames(policies)
        for policy in policies { link(policy, projectDeny: projectDeny) }
        narrowToRoutes(projectDeny, among: linked.routes.map(\.id), of: "project")
        checkCrossings(project)
        checkConflicts()
        checkHeadersRead(policies)
        checkSeparators(policies)
        if let selfService = selectedSelfService(project) { link(selfService) }
        return linked
    }

    private func theProject() -> ProjectDocument? {
        guard let first = sources.projects.first else {
            if sources.hasUnreadableFile { return nil }
            findings.error(
                .projectMissing,
                "the rule set has no file of kind `project`",
                at: nil,
                help: "write `project.yaml` with `gatehouse: 1`, `kind: project` and"
                    + " `policies: [routes/*.yaml]`"
            )
            return nil
        }
        for other in sources.projects.dropFirst() {
            findings.error(
                .projectDuplicate,
                "the rule set has two files of kind `project`",
                at: other.span,
                labels: [Diagnostic.Label(first.span, "first here")]
            )
        }
        return first
    }

    private func selectedPolicies(_ project: ProjectDocument) -> [RouteDocument] {
        let folder = GlobPattern.folder(of: project.path)
        var selected: Set<ExactText> = []
        for glob in project.policies {
            guard let path = GlobPattern.resolve(glob.value, from: folder) else {
                findings.error(
                    .fileNotFound, "`\(glob.value)` leaves the folder of policies", at: glob.span)
                continue
            }
            let pattern = GlobPattern(path)
            let matching = sources.policies.filter { pattern.matches($0.path) }
            if matching.isEmpty, !sources.hasUnreadableFile {
                findings.warning(
                    .nothingSelected,
                    "`\(glob.value)` selects no policy",
                    at: glob.span,
                    help: "globs are relative to the folder of `\(project.path)`"
                )
            }
            selected.formUnion(matching.map { ExactText($0.path) })
        }
        return sources.policies.filter { policy in
            if selected.contains(ExactText(policy.path)) { return true }
            findings.warning(
                .fileNotSelected,
                "no glob of the project selects this policy: its routes do not exist",
                at: policy.span,
                help: "add it to `policies` in `\(project.path)`"
            )
            return false
        }
    }

    private func selectedSelfService(_ project: ProjectDocument) -> SelfServiceDocument? {
        guard let wanted = project.selfService else { return nil }
        let folder = GlobPattern.folder(of: project.path)
        let path = GlobPattern.resolve(wanted.value, from: folder)
        if let path, let found = sources.selfServices.first(where: { $0.path.isExactly(path) }) {
            return found
        }
        let prefix = folder.isEmpty ? "" : "\(folder)/"
        let known = sources.selfServices.map { String($0.path.dropFirst(prefix.count)) }
        findings.error(
            .fileNotFound,
            "there is no file `\(wanted.value)` of kind `self-service`",
            at: wanted.span,
            help: Suggestion.nearest(to: wanted.value, among: known)
                .map { "did you mean `\($0)`?" }
        )
        return nil
    }

    private func checkPolicyNames(_ policies: [RouteDocument]) {
        var seen: [ExactText: SourceSpan] = [:]
        for policy in policies where !policy.name.isEmpty {
            if let first = seen.updateValue(policy.span, forKey: ExactText(policy.name)) {
                findings.error(
                    .duplicateName,
                    "two policies are called `\(policy.name)`",
                    at: policy.span,
                    labels: [Diagnostic.Label(first, "first here")]
                )
            }
        }
    }

    private func checkCrossings(_ project: ProjectDocument) {
        // The route that names the rule may stand in the file that could not be read.
        guard !sources.hasUnreadableFile else { return }
        for crossing in project.crossings
        where !usedCrossings.contains(ExactText(crossing.rule.value)) {
            findings.unknown(
                .unknownRule,
                "crossing rule",
                crossing.rule,
                among: usedCrossings.sorted().map(\.text),
                of: "`crosses_organizations` of any route"
            )
        }
    }
}
