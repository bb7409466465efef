/// The value of a header: text with `${…}` in it.
package struct ValueTemplate: Sendable, Equatable {
    /// One piece of a value.
    package enum Piece: Sendable, Equatable {
        case text(String)
        case principalID
        case principalOrganization
        case principalClient
        case principalKind
        case organizationID
        /// The percent-decoded segment of that parameter.
        case pathParameter(String)
        case requestID
        case requestMethod
        case requestPath
        case requestHost
        case requestOrigin(RequestOrigin.Value)
        case join(ListJoin)
    }

    /// The pieces in order.
    package let pieces: [Piece]

    /// A value of these pieces.
    package init(_ pieces: [Piece]) { self.pieces = pieces }

    /// Whether a piece comes from the request itself.
    var readsRequest: Bool {
        pieces.contains { piece in
            switch piece {
            case .text, .principalID, .principalOrganization, .principalClient, .principalKind,
                .join:
                false
            case .organizationID, .pathParameter, .requestID, .requestMethod, .requestPath,
                .requestHost, .requestOrigin:
                true
            }
        }
    }

    /// The parameters that it reads.
    var parameters: [String] {
        pieces.compactMap {
            if case .pathParameter(let name) = $0 { name } else { nil }
        }
    }
}

/// A list of the caller's names written as one text.
package struct ListJoin: Sendable, Hashable {
    /// Which list.
    package enum List: Sendable, Hashable {
        case permissions
        case roles
    }

    /// Which list.
    package let list: List
    /// What stands between two names.
    package let separator: String

    package static func == (left: ListJoin, right: ListJoin) -> Bool {
        left.list == right.list && left.separator.utf8.elementsEqual(right.separator.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(list)
        for byte in separator.utf8 { hasher.combine(byte) }
    }
}
