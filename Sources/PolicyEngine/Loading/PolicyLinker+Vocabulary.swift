import Documents
import Values

extension PolicyLinker {
    /// Numbers the permissions and roles. Without a vocabulary file there are none.
    mutating func linkVocabulary() {
        guard let document = sources.vocabularies.first else { return }
        for other in sources.vocabularies.dropFirst() {
            findings.error(
                .vocabularyDuplicate,
                "the rule set has two files of kind `vocabulary`",
                at: other.span,
                labels: [Diagnostic.Label(document.span, "first here")]
            )
        }
        for permission in document.permissions {
            permissionSpans[ExactText(permission.value)] = permission.span
        }
        for role in document.roles { roleSpans[ExactText(role.name.value)] = role.name.span }

        let names = document.permissions.map(\.value)
        let numbers = Dictionary(
            names.enumerated().map { (ExactText($1), $0) }, uniquingKeysWith: { first, _ in first })
        let roleNames = document.roles.map(\.name.value)
        let roleNumbers = Dictionary(
            roleNames.enumerated().map { (ExactText($1), $0) },
            uniquingKeysWith: { first, _ in first })
        var own: [NameBits] = []
        var parents: [Int?] = []
        for role in document.roles {
            var bits = NameBits()
            for permission in role.permissions {
                if let number = numbers[ExactText(permission.value)] {
                    bits.insert(number)
                } else {
                    findings.unknown(
                        .unknownPermission, "permission", permission, among: names,
                        of: "permissions of \(document.path)")
                }
            }
            own.append(bits)
            parents.append(
                role.extends.flatMap { parent in
                    if let number = roleNumbers[ExactText(parent.value)] { return number }
                    findings.unknown(
                        .unknownRole, "role", parent, among: roleNames,
                        of: "roles of \(document.path)")
                    return nil
                })
        }
        let lineages = lineages(parents, document.roles)
        linked.vocabulary = Vocabulary(
            permissions: names,
            roles: document.roles.enumerated().map { number, role in
                var permissions = NameBits()
                for ancestor in lineages[number] { permissions.formUnion(own[ancestor]) }
                return Vocabulary.Role(
                    name: role.name.value, lineage: lineages[number], permissions: permissions)
            }
        )
    }

    /// Each role with the roles it extends, in order; a circle is an error and ends the line.
    private func lineages(
        _ parents: [Int?],
        _ roles: [VocabularyDocument.Role]
    ) -> [[Int]] {
        parents.indices.map { start in
            var lineage = [start]
            var seen: Set<Int> = [start]
            var current = start
            while let parent = parents[current] {
                guard seen.insert(parent).inserted else {
                    if parent == start, start == seen.min(), let extends = roles[start].extends {
                        let circle = (lineage + [start]).map { "`\(roles[$0].name.value)`" }
                        findings.error(
                            .roleCycle,
                            "the role `\(roles[start].name.value)` extends itself",
                            at: extends.span,
                            label: circle.joined(separator: " extends ")
                        )
                    }
                    break
                }
                lineage.append(parent)
                current = parent
            }
            return lineage
        }
    }

    /// The number of a permission that a rule names.
    func permission(_ name: Located<String>) -> Int? {
        if let number = linked.vocabulary.permission(name.value) { return number }
        if sources.vocabularies.isEmpty, sources.hasUnreadableFile { return nil }
        let known = linked.vocabulary.permissions
        let labels = declaredIn(known, name.value, permissionSpans)
        findings.unknown(
            .unknownPermission, "permission", name, among: known,
            of: placeOfVocabulary("permissions"), labels: labels)
        return nil
    }

    /// The number of a role that a rule names.
    func role(_ name: Located<String>) -> Int? {
        if !environment.rolesKnown {
            findings.error(
                .rolesNotConfigured,
                "a rule asks for a role, and no source of roles is configured",
                at: name.span,
                label: "would never hold: access tokens carry permissions, not roles",
                help: "name a permission, or set `logto.organization_roles` in `gatehouse.yaml`"
            )
        }
        if let number = linked.vocabulary.role(name.value) { return number }
        if sources.vocabularies.isEmpty, sources.hasUnreadableFile { return nil }
        let known = linked.vocabulary.roles.map(\.name)
        findings.unknown(
            .unknownRole, "role", name, among: known, of: placeOfVocabulary("roles"),
            labels: declaredIn(known, name.value, roleSpans))
        return nil
    }

    private func placeOfVocabulary(_ what: String) -> String {
        sources.vocabularies.first.map { "\(what) of \($0.path)" }
            ?? "\(what) (there is no vocabulary)"
    }

    /// The place of the declaration that was probably meant.
    private func declaredIn(
        _ known: [String],
        _ name: String,
        _ spans: [ExactText: SourceSpan]
    ) -> [Diagnostic.Label] {
        guard let near = Suggestion.nearest(to: name, among: known),
            let span = spans[ExactText(near)]
        else { return [] }
        return [Diagnostic.Label(span, "`\(near)` is declared in \(span.path)")]
    }
}
