import Values

/// The path and query of a call, built of checked pieces.
struct ManagementTarget {
    let text: String

    /// - Parameters:
    ///   - segments: words of ours, and ids that were checked by `id`.
    ///   - query: names of ours with values from anywhere.
    init(_ segments: [String], query: [(String, String)] = []) {
        let path = segments.map { "/" + PercentEncoding.encode($0) }.joined()
        text = query.isEmpty ? path : path + "?" + PercentEncoding.form(query)
    }

    /// SECURITY: an id goes into a path, where `/`, `?`, `#` or dots would call something else with
    /// the tenant's most powerful token (AZ-09). Logto's ids consist of `A-Z a-z 0-9 _ -`.
    static func id(_ id: some Identifier) throws(LogtoFailure) -> String {
        guard OrganizationID.isValid(id.text) else {
            throw .invalidArgument("the id has other characters than letters, digits, _ and -")
        }
        return id.text
    }

    /// Text that goes into a query or a body: Logto answers U+0000 with 500.
    static func text(_ text: String, _ name: String, longest: Int) throws(LogtoFailure) -> String {
        guard (1...longest).contains(text.utf16.count), !text.utf8.contains(0) else {
            throw .invalidArgument("\(name) must have 1 to \(longest) characters, without U+0000")
        }
        return text
    }
}
