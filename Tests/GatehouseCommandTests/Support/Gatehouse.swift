import Documents
import FoundationEssentials
import TestSupport

/// The binary that lies beside the tests.
enum Gatehouse {
    /// Where it is: beside the program that runs the tests, else where `swift build` puts it.
    static let path: String = {
        let files = FileManager.default
        let runner = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folders = [runner, CommandLine.arguments.first ?? ""].compactMap { path in
            path.lastIndex(of: "/").map { String(path[..<$0]) }
        }
        let candidates =
            folders.map { "\($0)/gatehouse" } + ["\(SourceTree.root)/.build/debug/gatehouse"]
        return candidates.first { files.isExecutableFile(atPath: $0) } ?? "gatehouse"
    }()

    /// Runs a command to its end, in the repository's folder where no other is named.
    static func run(
        _ arguments: String..., in folder: String = SourceTree.root
    ) async throws -> ChildProcess.Ending {
        try await ChildProcess.run(path, arguments, in: folder)
    }

    /// Runs a command while the body runs.
    static func with<Answer>(
        _ arguments: [String], in folder: String = SourceTree.root,
        environment: [String: String] = [:],
        _ body: (ChildProcess) async throws -> Answer
    ) async throws -> Answer {
        try await ChildProcess.with(
            path, arguments, in: folder, environment: environment, body)
    }
}

extension TemporaryDirectory {
    /// A JSON file in the folder.
    func json(_ name: String) throws -> JSONValue {
        let data = try Data(contentsOf: URL(filePath: self(name)))
        return try JSONReader.read(Array(data))
    }

    /// Copies the repository's example policies into `policies`.
    func copyPolicies() throws {
        for file in try SourceTree.files(under: "policies", ending: ".yaml") {
            try write(file.path, file.text)
        }
    }
}
