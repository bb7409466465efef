package import Documents
package import Values

/// Organizations.
extension ManagementClient {
    /// Items of the largest page that Logto answers.
    package static let largestPage = 100

    /// Creates an organization. Not repeatable: after an unknown outcome, look for the marker in
    /// `customData` first.
    package func createOrganization(
        name: String, description: String? = nil, customData: JSONObject = [:]
    ) async throws(LogtoFailure) -> LogtoOrganization {
        var body: JSONObject = [
            "name": .string(try ManagementTarget.text(name, "name", longest: 128))
        ]
        if let description {
            let text = try ManagementTarget.text(description, "description", longest: 256)
            body.members.append(("description", .string(text)))
        }
        body.members.append(("customData", .object(customData)))
        return try await perform(
            ManagementCall(
                operation: .createOrganization, method: .post,
                target: ManagementTarget(["organizations"]), body: body, success: 201),
            json: AnswerReader.organization)
    }

    /// Deletes an organization with its memberships; `notFound` when it is gone already.
    package func deleteOrganization(_ id: OrganizationID) async throws(LogtoFailure) {
        try await perform(
            ManagementCall(
                operation: .deleteOrganization, method: .delete,
                target: ManagementTarget(["organizations", try ManagementTarget.id(id)]),
                success: 204, absent: "entity.not_found")
        ) { _, _ in }
    }

    /// Reads an organization.
    package func organization(
        _ id: OrganizationID
    ) async throws(LogtoFailure) -> LogtoOrganization {
        try await perform(
            ManagementCall(
                operation: .readOrganization, method: .get,
                target: ManagementTarget(["organizations", try ManagementTarget.id(id)]),
                success: 200, absent: "entity.not_exists_with_id"),
            json: AnswerReader.organization)
    }

    /// One page of the organizations whose id or name contains the text, in any case; `%` and `_`
    /// in it match anything. The list has no stable order.
    package func organizations(
        matching text: String, page: Int = 1, pageSize: Int = ManagementClient.largestPage
    ) async throws(LogtoFailure) -> LogtoPage<LogtoOrganization> {
        let query = [("q", try ManagementTarget.text(text, "q", longest: 256))]
        return try await performPage(
            ManagementCall(
                operation: .listOrganizations, method: .get,
                target: ManagementTarget(
                    ["organizations"], query: query + Self.page(page, pageSize)),
                success: 200),
            item: AnswerReader.organization)
    }

    /// All organizations whose id or name contains the text: pages until there are as many distinct
    /// ones as Logto counts, from the start again when they are not, because nothing keeps a row
    /// from moving between two pages.
    ///
    /// - Parameter most: more than this is not gathered.
    package func allOrganizations(
        matching text: String, most: Int = 2_000
    ) async throws(LogtoFailure) -> [LogtoOrganization] {
        try await Self.gather(most: most, id: \.id.text) { (page) throws(LogtoFailure) in
            try await self.organizations(matching: text, page: page)
        }
    }

    /// `page` and `page_size` within what Logto takes.
    static func page(_ page: Int, _ size: Int) -> [(String, String)] {
        [("page", "\(max(1, page))"), ("page_size", "\(min(max(1, size), largestPage))")]
    }

    /// Gathers all pages of a list without a stable order.
    static func gather<Item: Sendable>(
        most: Int, id: (Item) -> String,
        _ page: (Int) async throws(LogtoFailure) -> LogtoPage<Item>
    ) async throws(LogtoFailure) -> [Item] {
        for _ in 0..<3 {
            var found: [ExactText: Item] = [:]
            var order: [ExactText] = []
            var number = 1
            while true {
                let next = try await page(number)
                guard next.total <= most else {
                    throw .unavailable(reason: "list-too-long")
                }
                for item in next.items {
                    let key = ExactText(id(item))
                    if found.updateValue(item, forKey: key) == nil { order.append(key) }
                }
                if found.count == next.total { return order.compactMap { found[$0] } }
                // An empty page, or more than were counted: the list moved under us.
                if next.items.isEmpty || found.count > next.total { break }
                number += 1
            }
        }
        throw .malformedAnswer("the list does not settle")
    }
}
