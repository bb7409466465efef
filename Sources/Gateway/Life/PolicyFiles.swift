package import Documents
package import System

/// Reads the rule files of a folder.
package enum PolicyFiles {
    /// Every `*.yaml` below the folder, in order of their paths below it.
    ///
    /// - Throws: where the folder or a file cannot be read, or a link leads out of the folder.
    package static func read(_ folder: String) throws(FileFailure) -> [SourceFile] {
        try DirectoryTree(folder)
            .files { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            .map { SourceFile(path: $0.path, bytes: $0.bytes) }
    }
}
