// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The modules of Gatehouse, what each may import, and the settings they share. What a module is for
// stands in `docs/modules.md`; `Tests/ArchitectureTests` holds every `import` line to this table.

/// A module of the product: its name and the modules that it may import.
let modules: [(name: String, imports: [String])] = [
    ("Values", []),
    ("Documents", ["Values"]),
    ("Cryptography", ["CLibCrypto", "Values"]),
    ("CEL", ["Values", "Documents"]),
    ("PolicyEngine", ["Values", "Documents", "CEL", "Cryptography"]),
    ("JOSE", ["Values", "Documents", "Cryptography"]),
    ("Telemetry", ["Values"]),
    ("System", ["CSystem", "Values"]),
    ("Transport", ["CSystem", "CLibSSL", "System", "Values", "Telemetry"]),
    ("HTTPProxy", ["Transport", "CLibNGHTTP2", "Values", "Telemetry"]),
    ("Outbound", ["CLibCurl", "System", "Values", "Telemetry"]),
    ("Logto", ["Values", "Documents", "JOSE", "Outbound", "System", "Telemetry"]),
    ("Store", ["CSQLite", "System", "Values", "Telemetry"]),
    (
        "LogtoEmulator",
        [
            "Values", "Documents", "JOSE", "Cryptography", "Transport", "HTTPProxy", "Outbound",
            "System", "Telemetry",
        ]
    ),
    (
        "SelfService",
        [
            "Values", "Documents", "PolicyEngine", "Cryptography", "Outbound", "Logto", "Store",
            "System", "Telemetry",
        ]
    ),
    (
        "Gateway",
        [
            "Values", "Documents", "Cryptography", "CEL", "PolicyEngine", "JOSE", "Telemetry",
            "System", "Transport", "HTTPProxy", "Outbound", "Logto", "Store", "LogtoEmulator",
            "SelfService",
        ]
    ),
]

/// C libraries, found through pkg-config: each is a module map and one header of inline shims.
let libraries: [(name: String, pkgConfig: String?, package: String?)] = [
    ("CSystem", nil, nil),
    ("CLibCrypto", "libcrypto", "libssl-dev"),
    ("CLibSSL", "libssl", "libssl-dev"),
    ("CLibCurl", "libcurl", "libcurl4-openssl-dev"),
    ("CLibNGHTTP2", "libnghttp2", "libnghttp2-dev"),
    ("CSQLite", "sqlite3", "libsqlite3-dev"),
]

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Exclusivity is checked at compile time and, in debug builds and tests, at run time; the checks
    // at run time cost the release binary a quarter of its instructions on the path of a request.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

var targets: [Target] = libraries.map { library in
    .systemLibrary(
        name: library.name,
        pkgConfig: library.pkgConfig,
        providers: library.package.map { [.apt([$0])] }
    )
}

targets += modules.map { module in
    .target(
        name: module.name,
        dependencies: module.imports.map { .init(stringLiteral: $0) },
        exclude: ["\(module.name).md"],
        swiftSettings: settings
    )
}

targets.append(
    .executableTarget(
        name: "gatehouse",
        dependencies: modules.map { .init(stringLiteral: $0.name) },
        exclude: ["gatehouse.md"],
        swiftSettings: settings
    )
)

/// Test targets: one for each module, and those that look at the whole.
let moduleTests = modules.map(\.name).map { ("\($0)Tests", [$0]) }
let wholeTests: [(String, [String])] = [
    ("ArchitectureTests", []),
    ("GatehouseCommandTests", ["Values", "Documents", "System"]),
]

/// Folders of a test target that hold data, no code; tests read them in place.
func dataFolders(of target: String) -> [String] {
    ["Cases", "Fixtures"].filter {
        FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Tests/\(target)/\($0)")
    }
}

targets.append(
    .target(
        name: "TestSupport",
        dependencies: ["Values", "Documents", "Cryptography", "JOSE", "System"],
        path: "Tests/TestSupport",
        swiftSettings: settings
    )
)
targets += (moduleTests + wholeTests).map { name, tested in
    .testTarget(
        name: name,
        dependencies: (tested + ["TestSupport"]).map { .init(stringLiteral: $0) }
            + (modules.first { $0.name == tested.first }?.imports ?? [])
            .filter { !$0.hasPrefix("C") || $0 == "CEL" || $0 == "Cryptography" }
            .map { .init(stringLiteral: $0) }
            + (name == "GatehouseCommandTests" ? ["gatehouse"] : []),
        path: "Tests/\(name)",
        exclude: dataFolders(of: name),
        swiftSettings: settings
    )
}

/// Programs that feed random bytes to the parsers of bytes from outside; `make fuzz` builds them.
let fuzzTargets = [
    "HeadScanner", "ResponseHead", "ChunkedFraming", "PathNormalForm", "ProxyHeader",
]
if Context.environment["GATEHOUSE_FUZZ"] != nil {
    targets += fuzzTargets.map { name in
        .target(
            name: "Fuzz\(name)",
            dependencies: ["HTTPProxy", "Transport", "Values"],
            path: "Tests/Fuzz/\(name)",
            swiftSettings: settings
        )
    }
}

/// Programs that measure a part by itself: `GATEHOUSE_BENCH=1 swift run -c release BenchSignatures`.
if Context.environment["GATEHOUSE_BENCH"] != nil {
    targets.append(
        .executableTarget(
            name: "BenchSignatures",
            dependencies: ["Cryptography", "Values"],
            path: "Tests/Benchmarks/signatures",
            swiftSettings: settings
        )
    )
}

/// `GATEHOUSE_ONLY=JOSE,Store swift test` builds these modules, what they import and their tests:
/// for quick work on one of them. `GATEHOUSE_ONLY=gatehouse` builds the command and its tests.
if let only = Context.environment["GATEHOUSE_ONLY"] {
    var kept: Set<String> = ["TestSupport", "BenchSignatures"]
    var open = only.split(separator: ",").map(String.init)
    kept.formUnion(open.map { "\($0)Tests" })
    if open.contains("gatehouse") {
        kept.insert("GatehouseCommandTests")
        open += modules.map(\.name)
    }
    open += ["Values", "Documents", "Cryptography", "JOSE", "System"]
    while let name = open.popLast() {
        guard kept.insert(name).inserted else { continue }
        open += modules.first { $0.name == name }?.imports ?? []
    }
    targets.removeAll { !kept.contains($0.name) }
}

let package = Package(
    name: "gatehouse",
    products: Context.environment["GATEHOUSE_ONLY"] == nil
        ? [.executable(name: "gatehouse", targets: ["gatehouse"])] : [],
    targets: targets
)
