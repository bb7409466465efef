import FoundationEssentials

/// The recordings and suites that lie beside the repository: `GATEHOUSE_SHARED`, else `../shared` beside
/// `Package.swift`. A suite that needs them is skipped where they are absent:
/// `.enabled(if: SharedData.isPresent)`.
package enum SharedData {
    /// The folder.
    package static let root: String =
        ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] ?? "\(SourceTree.root)/../shared"

    /// Whether the folder is there.
    package static let isPresent: Bool = FileManager.default.fileExists(atPath: root)

    /// The bytes of a file, by its path in the folder.
    package static func bytes(of path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
            throw SourceTree.Missing(path: path)
        }
        return Array(data)
    }
}
