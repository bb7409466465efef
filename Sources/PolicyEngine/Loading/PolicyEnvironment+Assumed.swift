package import Documents
import Values

extension PolicyEnvironment {
    /// What an operator's configuration would have to hold for these files: for commands that look at
    /// rule files without one.
    ///
    /// Every upstream and every audience that a policy names counts as configured, and so does a source
    /// of roles: what the configuration lacks is found by checking with it.
    package static func assumed(by files: [SourceFile]) -> PolicyEnvironment {
        var upstreams: Set<ExactText> = []
        var audiences: Set<ExactText> = []
        for file in files {
            guard let root = YAMLReader.read(file).root,
                root["kind"]?.scalar?.text.isExactly("policy") == true
            else { continue }
            if let name = root["upstream"]?.scalar?.text { upstreams.insert(ExactText(name)) }
            if let name = root["audience"]?.scalar?.text { audiences.insert(ExactText(name)) }
        }
        if audiences.isEmpty { audiences.insert("urn:gatehouse:assumed-audience") }
        return PolicyEnvironment(
            upstreams: upstreams.sorted().map(\.text), audiences: audiences.sorted().map(\.text),
            rolesKnown: true, permissionsFromRoles: false)
    }
}
