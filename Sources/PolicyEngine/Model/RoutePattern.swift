package import Values

/// One `match`: methods and a path of segments.
package struct RoutePattern: Sendable {
    /// One segment of a path.
    package enum Segment: Sendable, Equatable {
        /// These bytes, exactly. The last one is empty where the path ends in `/`.
        case literal(String)
        /// Any one segment that is not empty.
        case parameter(String)
        /// One or more segments, up to the end.
        case rest

        /// The order of specificity: a lower rank is more specific.
        var rank: Int {
            switch self {
            case .literal: 0
            case .parameter: 1
            case .rest: 2
            }
        }
    }

    /// The methods; none stands for `ANY`.
    package let methods: [HTTPMethod]
    /// The segments of the path.
    package let segments: [Segment]

    /// The names of the parameters, in order.
    package var parameters: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// The path as it is written.
    package var path: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): "/\(text)"
            case .parameter(let name): "/{\(name)}"
            case .rest: "/**"
            }
        }.joined()
    }

    /// The methods as they are written.
    package var methodText: String {
        methods.isEmpty ? "ANY" : methods.map(\.name).joined(separator: ",")
    }

    /// The pattern as it is written.
    package var text: String { "\(methodText) \(path)" }
}

/// The hosts that a route is limited to: an exact name, or `*.suffix`.
package struct HostPattern: Sendable, Equatable {
    /// Lower case; for a suffix with its leading dot.
    package let name: String
    /// Whether one or more labels must stand before it.
    package let isSuffix: Bool

    /// The pattern as it is written.
    package var text: String { isSuffix ? "*\(name)" : name }

    /// More specific patterns have a higher rank: an exact name, then the longer suffix.
    var rank: Int { isSuffix ? name.utf8.count : Int.max }
}

/// How a request names its organization.
package enum OrganizationSource: Sendable, Equatable {
    case none
    case token
    /// The path parameter of that name.
    case path(String)
    /// The request header of that name, in lower case.
    case header(String)

    /// The source as it is written.
    package var text: String {
        switch self {
        case .none: "none"
        case .token: "token"
        case .path(let parameter): "path.\(parameter)"
        case .header(let name): "header.\(name)"
        }
    }
}
