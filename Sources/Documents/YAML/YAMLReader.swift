/// Reads the strict subset of YAML in which policies are written.
///
/// The rule of the subset: what is accepted here, every YAML reader reads as the same structure and the same
/// texts. What one reader takes differently from another, or an author from both, is refused, with
/// the text to write instead. `Documents.md` lists where that is stricter than YAML 1.2.
package enum YAMLReader {
    /// How much is accepted of one file.
    package struct Limits: Sendable, Equatable {
        /// Bytes of the file.
        package var bytes: Int
        /// Collections within each other; never more than `deepest`.
        package var depth: Int
        /// Errors after which reading ends.
        package var errors: Int

        /// Limits; what is not given has its default.
        package init(bytes: Int = 4 << 20, depth: Int = 64, errors: Int = 100) {
            self.bytes = bytes
            self.depth = depth
            self.errors = errors
        }

        /// Reading recurses, so that no configuration may ask for more than this.
        package static let deepest = 64
        /// Offsets are kept in 32 bits.
        package static let longest = 1 << 30
    }

    /// Reads a file.
    ///
    /// - Returns: the value that the file is, or nil if anything in it is an error; and all that was found.
    package static func read(
        _ file: SourceFile
    ) -> (root: YAMLNode?, diagnostics: [Diagnostic]) {
        let document = document(file)
        return (document.root, document.diagnostics)
    }

    /// Reads a file and keeps its comments too.
    package static func document(
        _ file: SourceFile, limits: Limits = Limits()
    ) -> YAMLDocument {
        var parser = YAMLParser(file, limits: limits)
        return parser.read()
    }
}

/// What a YAML file holds.
package struct YAMLDocument: Sendable {
    /// The value that the file is; nil if anything in the file is an error.
    package let root: YAMLNode?
    /// What was found, in the order of the file.
    package let diagnostics: [Diagnostic]
    /// The comments in the order of the file, each from `#` to the end of its line.
    package let comments: [SourceSpan]
}
