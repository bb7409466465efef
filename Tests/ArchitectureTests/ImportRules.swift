/// What a module's files may import: the table of `docs/modules.md`, in words that a test can hold
/// every file to.
struct ImportRules {
    /// The row of one module.
    struct Row {
        let module: String
        /// Modules of this package and C libraries.
        let allowed: Set<String>
    }

    /// What counts as the standard library, for every module.
    static let standardLibrary: Set<String> = ["Swift", "Synchronization"]

    static let values: Set<String> = ["Values"]
    static let documents = values.union(["Documents"])

    /// All modules of the package but the C libraries.
    static let swiftModules: Set<String> = [
        "Values", "Documents", "Cryptography", "CEL", "PolicyEngine", "JOSE", "Telemetry", "System",
        "Transport", "HTTPProxy", "Outbound", "Logto", "Store", "LogtoEmulator", "SelfService",
        "Gateway",
    ]

    static let rows: [Row] = [
        Row(module: "Values", allowed: []),
        Row(module: "Documents", allowed: values),
        Row(module: "Cryptography", allowed: values.union(["CLibCrypto"])),
        Row(module: "CEL", allowed: documents),
        Row(module: "PolicyEngine", allowed: documents.union(["CEL", "Cryptography"])),
        Row(module: "JOSE", allowed: documents.union(["Cryptography"])),
        Row(module: "Telemetry", allowed: values),
        Row(module: "System", allowed: values.union(["CSystem", "Glibc"])),
        Row(
            module: "Transport",
            allowed: values.union(["CSystem", "CLibSSL", "System", "Telemetry"])),
        Row(module: "HTTPProxy", allowed: values.union(["Transport", "CLibNGHTTP2", "Telemetry"])),
        Row(module: "Outbound", allowed: values.union(["CLibCurl", "System", "Telemetry"])),
        Row(
            module: "Logto", allowed: documents.union(["JOSE", "Outbound", "System", "Telemetry"])),
        Row(module: "Store", allowed: values.union(["CSQLite", "System", "Telemetry"])),
        Row(
            module: "LogtoEmulator",
            allowed: documents.union([
                "JOSE", "Cryptography", "Transport", "HTTPProxy", "Outbound", "System", "Telemetry",
            ])),
        Row(
            module: "SelfService",
            allowed: documents.union([
                "PolicyEngine", "Cryptography", "Outbound", "Logto", "Store", "System", "Telemetry",
            ])),
        Row(
            module: "Gateway",
            allowed: swiftModules.subtracting(["Gateway"]).union(["FoundationEssentials"])),
        Row(module: "gatehouse", allowed: swiftModules.union(["FoundationEssentials"])),
    ]

    /// Folders, below `Sources`, whose files may contain the word `unsafe`.
    static let unsafeFolders = [
        "System/", "Cryptography/LibCrypto/", "Transport/", "Outbound/LibCurl/", "HTTPProxy/Bytes/",
        "HTTPProxy/NGHTTP2/", "Store/SQLite/",
    ]

    /// The modules that a source file imports, and the line of each.
    ///
    /// Understands attributes and access levels before `import`, and `import struct Module.Name`.
    static func imports(in text: String) -> [(module: String, line: Int)] {
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
        ]
        var found: [(String, Int)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            for statement in line.split(separator: ";") {
                let code = statement.prefix(upTo: commentStart(in: statement))
                var words = code.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
                let levels: Set<Substring> = [
                    "public", "package", "internal", "fileprivate", "private",
                ]
                while let first = words.first, first.hasPrefix("@") || levels.contains(first) {
                    words.removeFirst()
                }
                guard words.first == "import" else { continue }
                words.removeFirst()
                if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
                guard let name = words.first?.split(separator: ".").first else { continue }
                found.append((String(name), index + 1))
            }
        }
        return found
    }

    private static func commentStart(in text: Substring) -> Substring.Index {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if next < text.endIndex, text[index] == "/", text[next] == "/" { return index }
            index = next
        }
        return text.endIndex
    }

    /// One sentence for each import that the module's row does not allow.
    static func violations(in text: String, file: String, of row: Row) -> [String] {
        imports(in: text)
            .filter { !row.allowed.contains($0.module) && !standardLibrary.contains($0.module) }
            .map { "\(file):\($0.line): \(row.module) may not import \($0.module)" }
    }
}
