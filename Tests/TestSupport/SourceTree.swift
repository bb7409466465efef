import FoundationEssentials

/// The files of this repository, for tests that look at the whole.
package enum SourceTree {
    /// A file's path below the root, and its text.
    package struct File: Sendable {
        package let path: String
        package let text: String
    }

    /// A file that should be there could not be read.
    package struct Missing: Error, CustomStringConvertible {
        package let path: String
        package var description: String { "cannot read \(path)" }
    }

    /// The folder of `Package.swift`, without a slash at its end.
    package static let root: String = {
        var parts = #filePath.split(separator: "/").map(String.init)
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// The Swift files below a folder, in order of their paths.
    package static func swiftFiles(under folder: String) throws -> [File] {
        try files(under: folder, ending: ".swift")
    }

    /// The files below a folder whose names end so, in order of their paths.
    package static func files(under folder: String, ending: String) throws -> [File] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { $0.hasSuffix(ending) }
            .sorted()
            .map { File(path: "\(folder)/\($0)", text: try text(of: "\(folder)/\($0)")) }
    }

    /// The names of the folders that lie directly in a folder.
    package static func folders(under folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { name in
                var isFolder = false
                let found = FileManager.default
                    .fileExists(atPath: "\(root)/\(folder)/\(name)", isDirectory: &isFolder)
                return found && isFolder
            }
            .sorted()
    }

    /// A file's text.
    package static func text(of path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)"),
            let text = String(validating: data, as: UTF8.self)
        else { throw Missing(path: path) }
        return text
    }
}
