import Documents
import Values

/// The files of a rule set, read and decoded, by their kind.
struct PolicySources {
    private(set) var projects: [ProjectDocument] = []
    private(set) var vocabularies: [VocabularyDocument] = []
    private(set) var policies: [RouteDocument] = []
    private(set) var selfServices: [SelfServiceDocument] = []
    private(set) var fixtures: [FixturesDocument] = []
    private(set) var tests: [TestsDocument] = []
    /// The files that the rule set itself is made of: all but tests and fixtures.
    private(set) var files: [SourceFile] = []

    /// Whether a file could not be read at all: what it declares is missing without being absent.
    private(set) var hasUnreadableFile = false

    /// Reads every file.
    ///
    /// - Parameter includingTests: whether tests and fixtures are read too; a gateway never does, so that a
    ///   broken test keeps nobody from serving.
    init(_ all: [SourceFile], includingTests: Bool, findings: Findings) {
        let sorted = all.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        for file in sorted {
            let (root, diagnostics) = YAMLReader.read(file)
            let kind = root.flatMap(PolicyDecoder.kind)
            let isTest =
                kind.map { $0 == "tests" || $0 == "fixtures" } ?? file.path.hasSuffix(".test.yaml")
            if isTest, !includingTests { continue }
            if !isTest { files.append(file) }
            findings.add(diagnostics)
            let decoder = PolicyDecoder(file: file.path, findings: findings)
            guard let document = root.flatMap(decoder.document) else {
                hasUnreadableFile = true
                continue
            }
            add(document)
        }
    }

    private mutating func add(_ document: PolicyDocument) {
        switch document {
        case .project(let document): projects.append(document)
        case .vocabulary(let document): vocabularies.append(document)
        case .policy(let document): policies.append(document)
        case .selfService(let document): selfServices.append(document)
        case .fixtures(let document): fixtures.append(document)
        case .tests(let document): tests.append(document)
        }
    }
}
