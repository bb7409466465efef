package import Values

/// The built-in routes under their prefix: which action a method and a path mean.
package struct SelfServiceRoutes: Sendable {
    /// What a request's method and path mean.
    package enum Match: Equatable, Sendable {
        /// A built-in route.
        case action(SelfServiceAction)
        /// The path of a built-in route, asked with a method that it does not have.
        case otherMethod(allowed: [HTTPMethod])
        /// No built-in route.
        case none
    }

    /// One row of the table.
    package struct Route: Sendable {
        /// The method.
        package let method: HTTPMethod
        /// The path, prefix included.
        package let path: String
        /// The action.
        package let action: SelfServiceAction
    }

    /// The prefix: empty, or a path without a slash at its end.
    package let prefix: String
    /// The table, for the check that no policy route has the same method and path.
    package let table: [Route]

    private let organizations: [UInt8]

    /// The routes under a prefix; nil where the prefix is neither empty nor `/segment/segment`.
    package init?(prefix: String) {
        guard Self.isValid(prefix) else { return nil }
        self.prefix = prefix
        let path = prefix + "/organizations"
        table = [
            Route(method: .post, path: path, action: .createOrganization),
            Route(method: .get, path: path, action: .listOrganizations),
        ]
        organizations = Array(path.utf8)
    }

    /// Finds the action of a request; the path is in its normal form, without the query.
    package func match(method: HTTPMethod, path: Span<UInt8>) -> Match {
        guard path.count == organizations.count else { return .none }
        for index in path.indices where path[index] != organizations[index] { return .none }
        for route in table where route.method == method { return .action(route.action) }
        return .otherMethod(allowed: table.map(\.method))
    }

    /// Finds the action of a request; the path is in its normal form, without the query.
    package func match(method: HTTPMethod, path: String) -> Match {
        match(method: method, path: Array(path.utf8).span)
    }

    /// The path of an organization, for `Location`.
    func path(of organization: OrganizationID) -> String {
        "\(prefix)/organizations/\(organization.text)"
    }

    private static func isValid(_ prefix: String) -> Bool {
        if prefix.isEmpty { return true }
        guard prefix.utf8.first == UInt8(ascii: "/"), prefix.utf8.count <= 256 else { return false }
        return prefix.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .allSatisfy { segment in
                !segment.isEmpty && segment != "." && segment != ".."
                    && segment.utf8.allSatisfy(isSegmentByte)
            }
    }

    private static func isSegmentByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
