import Documents
import Values

/// One line of the router's table.
struct ManagementRoute: Sendable {
    /// Performs the call: looks, then changes, then answers.
    typealias Handler = @Sendable (inout Tenant, ManagementRequest) throws(LogtoProblem) -> Answer

    /// A segment of the path below `/api`.
    enum Segment: Sendable {
        case literal(String)
        case parameter(String)
    }

    let method: HTTPMethod
    let segments: [Segment]
    let handler: Handler

    /// A route; `:name` in the path is a parameter.
    init(_ method: HTTPMethod, _ path: StaticString, _ handler: @escaping Handler) {
        self.method = method
        self.segments = "\(path)".split(separator: "/").map { part in
            part.hasPrefix(":") ? .parameter(String(part.dropFirst())) : .literal(String(part))
        }
        self.handler = handler
    }

    /// The parameters, decoded, where the path is this route's: words match in any case, ids do
    /// not.
    func match(_ path: [Substring]) -> [ExactText: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [ExactText: String] = [:]
        for (segment, part) in zip(segments, path) {
            switch segment {
            case .literal(let word):
                guard part.lowercased().isExactly(word) else { return nil }
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters[ExactText(name)] = QueryString.decode(part)
            }
        }
        return parameters
    }
}

/// All routes of the Management API that the emulator has, in the order in which `Allow` names
/// them.
enum ManagementRoutes {
    static let all: [ManagementRoute] =
        OrganizationRoutes.routes + MemberRoutes.routes + MemberRoleRoutes.routes
        + OrganizationRoleRoutes.routes + OrganizationScopeRoutes.routes + UserRoutes.routes
        + ResourceRoutes.routes + TenantRoleRoutes.routes + ApplicationRoutes.routes
        + SecretRoutes.routes + JitRoutes.routes + InvitationRoutes.routes + MachineRoutes.routes

    /// The routes of a path, with their parameters; none where the path is unknown.
    static func matching(
        _ path: Substring
    ) -> [(route: ManagementRoute, parameters: [ExactText: String])] {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if let last = parts.last, last.isEmpty { parts = parts.dropLast() }
        let segments = Array(parts)
        return all.compactMap { route in
            route.match(segments).map { (route: route, parameters: $0) }
        }
    }

    /// The value of `Allow`: a route for GET answers HEAD too.
    static func allowed(_ routes: [ManagementRoute]) -> String {
        var names: [String] = []
        for route in routes {
            let own = route.method == .get ? ["HEAD", "GET"] : [route.method.name]
            names += own.filter { name in !names.contains(where: name.isExactly) }
        }
        return names.joined(separator: ", ")
    }
}
