import Documents
import Values

/// One page of a user's own organizations, ordered by name, then by id.
struct OrganizationList: Sendable {
    /// How many are asked for.
    let limit: Int
    /// Behind which organization to begin; nil at the front.
    let after: Position?

    /// A place in the order: it stays valid when organizations come and go.
    struct Position: Equatable, Sendable {
        let name: String
        let id: OrganizationID

        func precedes(_ other: Position) -> Bool {
            (ExactText(name), id) < (ExactText(other.name), other.id)
        }

        /// As text that clients hand back and do not read.
        var cursor: String { Base64URL.encode(Array("\(id.text)\n\(name)".utf8)) }

        init(name: String, id: OrganizationID) {
            self.name = name
            self.id = id
        }

        init?(cursor: String) {
            guard cursor.utf8.count <= 2_048, let bytes = Base64URL.decode(cursor),
                let text = String(validating: bytes, as: UTF8.self),
                let end = text.unicodeScalars.firstIndex(of: "\n")
            else { return nil }
            let id = String(text[..<end])
            guard OrganizationID.isValid(id) else { return nil }
            self.init(
                name: String(text[text.unicodeScalars.index(after: end)...]), id: OrganizationID(id)
            )
        }
    }

    /// Reads what a request asks for.
    init(query: String?) throws(Problem) {
        let parameters = try QueryParameters(query, names: ["limit", "cursor"])
        if let text = parameters["limit"] {
            guard let number = Int(text), (1...100).contains(number), text == "\(number)" else {
                throw Problem(.queryInvalid)
            }
            limit = number
        } else {
            limit = 20
        }
        if let cursor = parameters["cursor"] {
            guard let position = Position(cursor: cursor) else { throw Problem(.cursorInvalid) }
            after = position
        } else {
            after = nil
        }
    }

    /// The page of these memberships.
    func result(of memberships: [DirectoryMembership], path: String) -> ActionResult {
        let ordered = memberships.map { (position: Self.position($0), membership: $0) }
            .sorted { $0.position.precedes($1.position) }
        let rest = ordered.drop { entry in
            after.map { !$0.precedes(entry.position) } ?? false
        }
        let page = rest.prefix(limit)
        let next = rest.count > page.count ? page.last?.position.cursor : nil
        let meta: JSONObject = [
            "total": .integer(Int64(memberships.count)),
            "nextCursor": next.map { .string($0) } ?? .null,
            "pendingInvitations": .null,
        ]
        var headers: HeaderList = [
            "Content-Type": "application/json", "Cache-Control": "no-store",
        ]
        if let next {
            headers.append("Link", "<\(path)?limit=\(limit)&cursor=\(next)>; rel=\"next\"")
        }
        return ActionResult(
            status: 200, headers: headers,
            body: JSONWriter.write(
                [
                    "data": .array(page.map { OrganizationAnswer.item($0.membership) }),
                    "meta": .object(meta),
                ] as JSONObject)
        )
    }

    private static func position(_ membership: DirectoryMembership) -> Position {
        Position(name: membership.organization.name, id: membership.organization.id)
    }
}
