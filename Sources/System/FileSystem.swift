import CSystem

/// Files, read and written whole and within bounds.
package enum FileSystem {
    /// What is known of a file; nil where there is none, or none that we may see.
    package static func facts(_ path: String, followsLinks: Bool = true) -> FileFacts? {
        var facts = gatehouse_file_facts()
        guard unsafe gatehouse_facts_of_path(path, followsLinks ? 1 : 0, &facts) >= 0 else {
            return nil
        }
        return FileFacts(facts)
    }

    /// Removes a file; whether it was there and could be removed.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        unsafe gatehouse_unlink(path) >= 0
    }
}
