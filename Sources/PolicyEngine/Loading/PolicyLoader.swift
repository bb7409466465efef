package import Documents

/// Loads a rule set: the whole of it, or nothing and every reason.
package enum PolicyLoader {
    /// Reads, links and compiles the files of a rule set.
    ///
    /// - Parameters:
    ///   - files: every `*.yaml` of the folder of policies, with paths relative to it. Tests and fixtures
    ///     among them are not read.
    ///   - environment: what the operator's configuration defines.
    /// - Returns: the rule set, nil where anything is an error; and all findings, sorted.
    package static func load(
        _ files: [SourceFile],
        environment: PolicyEnvironment
    ) -> (snapshot: PolicySnapshot?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let sources = PolicySources(files, includingTests: false, findings: findings)
        let snapshot = compile(sources, environment: environment, findings: findings)
        return (snapshot, findings.sorted)
    }

    static func compile(
        _ sources: PolicySources,
        environment: PolicyEnvironment,
        findings: Findings
    ) -> PolicySnapshot? {
        var linker = PolicyLinker(sources, environment: environment, findings: findings)
        let linked = linker.link()
        guard !findings.list.containsError else { return nil }
        var compiler = PolicyCompiler(linked, environment: environment)
        return compiler.compile(sources.files)
    }
}
