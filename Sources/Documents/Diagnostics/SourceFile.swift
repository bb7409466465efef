/// A text file handed to a reader: its bytes, and the name under which people know it.
///
/// The pure modules get files only in this form; nobody below `Gateway` opens one.
package struct SourceFile: Sendable, Equatable {
    /// The path as shown to people, for example `routes/projects.yaml`.
    package let path: String
    /// What the file holds; not yet known to be UTF-8.
    package let bytes: [UInt8]

    /// A file with these bytes.
    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// A file that holds this text.
    package init(path: String, text: String) {
        self.init(path: path, bytes: Array(text.utf8))
    }
}
