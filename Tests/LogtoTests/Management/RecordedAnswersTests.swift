import Documents
import Logto
import TestSupport
import Testing
import Values

/// Answers that a real Logto gave: each goes through the typed call that would have caused it, and
/// must come out as the right value or the right failure.
@Suite(.enabled(if: SharedData.isPresent)) struct RecordedAnswersTests {
    /// File, and how many of its records have a typed call.
    static let files = [
        ("02-organization-create-full", 16), ("20-members-add", 10),
        ("32-member-roles-by-name", 16), ("35-member-roles-replace", 9),
        ("40-organization-role-life", 3), ("93-create-organization-flow", 10),
        ("94-create-organization-flow-failures", 20), ("95-create-organization-recover", 21),
    ]

    @Test(arguments: files)
    func `the client reads what Logto answers`(_ file: String, _ count: Int) async throws {
        let bytes = try SharedData.bytes(of: "logto/recorded/management/\(file).jsonl")
        let answer = Box<[ScriptedServer.Step]>([])
        let tenant = try TestTenant { _ in answer.value }
        var driven = 0
        for line in bytes.split(separator: 0x0A) {
            let record = try Record(JSONReader.read(Array(line)))
            answer.value = record.steps
            let calls = tenant.calls.count
            guard let outcome = try await Self.drive(record, tenant.management) else { continue }
            driven += 1
            #expect(outcome.failure == record.failure(absent: outcome.absent), "\(record.name)")
            if record.failure(absent: outcome.absent) == nil {
                #expect(outcome.isRight, "\(record.name)")
            }
            let sent = try #require(tenant.calls.dropFirst(calls).first)
            #expect(sent.method == record.method, "\(record.name)")
            #expect(
                sent.target.split(separator: "?")[0] == record.path.joined(separator: "/"),
                "\(record.name)")
            if let body = outcome.body {
                #expect(try JSONReader.read(sent.body) == .object(body), "\(record.name)")
            }
        }
        #expect(driven == count, "\(driven) records of \(file) have a typed call")
        await tenant.stop()
    }

    /// What a typed call came to.
    struct Outcome {
        var failure: LogtoFailure?
        /// Whether the value is the one of the record.
        var isRight = false
        /// The code of "not there" for this call.
        var absent: String?
        /// The body as it should have been sent, where the call can say all of it.
        var body: JSONObject?
    }

    /// One exchange.
    struct Record {
        let name: String
        let method: String
        /// The path at its slashes: `["", "api", "organizations"]`.
        let path: [String]
        let query: String?
        let body: JSONValue?
        let status: Int
        let answer: JSONValue?
        let total: Int?
        let steps: [ScriptedServer.Step]

        init(_ value: JSONValue) throws {
            name = try #require(value["case"]?.stringValue)
            let request = try #require(value["request"])
            method = try #require(request["method"]?.stringValue)
            let target = try #require(request["target"]?.stringValue)
            let parts = target.split(separator: "?", maxSplits: 1)
            path = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            query = parts.count == 2 ? String(parts[1]) : nil
            body = request["json"]
            let response = try #require(value["response"])
            status = Int(try #require(response["status"]?.integerValue))
            answer = response["json"]
            var headers = HeaderList()
            for field in response["headers"]?.arrayValue ?? [] {
                let pair = field.arrayValue?.compactMap(\.stringValue) ?? []
                let framing = ["content-length", "connection", "keep-alive", "transfer-encoding"]
                guard pair.count == 2, !framing.contains(pair[0].lowercased()) else { continue }
                headers.append(pair[0], pair[1])
            }
            total = headers["total-number"].flatMap { Int($0) }
            let text = answer.map(JSONWriter.text) ?? response["body"]?.stringValue ?? ""
            steps = ScriptedServer.answer(status, headers, text)
        }

        /// The failure that the answer stands for, by § 3.13 of the design.
        func failure(absent: String?) -> LogtoFailure? {
            let code = answer?["code"]?.stringValue ?? ""
            switch status {
            case 200...299: return nil
            case 404 where code == absent: return .notFound(code: code)
            case 422: return .unprocessable(code: code)
            default: return .refused(status: status, code: code)
            }
        }
    }
}

extension RecordedAnswersTests {
    /// Makes the typed call that a record stands for; nil where there is none.
    private static func drive(
        _ record: Record, _ client: ManagementClient
    ) async throws -> Outcome? {
        let path = record.path.dropFirst(2)
        let ids = Array(path.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
        let words = path.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        var outcome = Outcome()
        do throws(LogtoFailure) {
            switch (record.method, words, ids.count) {
            case ("POST", ["organizations"], 0):
                guard let name = record.body?["name"]?.stringValue else { return nil }
                let description = record.body?["description"]?.stringValue
                let data = record.body?["customData"]?.objectValue
                let made = try await client.createOrganization(
                    name: name, description: description == "" ? nil : description,
                    customData: data ?? [:])
                outcome.isRight = isSame(made, record.answer)
                if case .object(let body)? = record.body, data != nil, description != "",
                    body.names.allSatisfy({ ["name", "description", "customData"].contains($0) })
                {
                    outcome.body = body
                }
            case ("GET", ["organizations"], 0):
                let page = try await client.organizations(matching: "any")
                outcome.isRight =
                    page.total == record.total && isSame(page.items, record.answer, isSame)
            case ("GET", ["organizations"], 1):
                outcome.absent = "entity.not_exists_with_id"
                let read = try await client.organization(OrganizationID(ids[0]))
                outcome.isRight = isSame(read, record.answer)
            case ("DELETE", ["organizations"], 1):
                outcome.absent = "entity.not_found"
                try await client.deleteOrganization(OrganizationID(ids[0]))
                outcome.isRight = true
            default:
                return try await driveMembers(record, client, words, ids, outcome)
            }
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    private static func driveMembers(
        _ record: Record, _ client: ManagementClient, _ words: [String], _ ids: [String],
        _ begun: Outcome
    ) async throws(LogtoFailure) -> Outcome? {
        var outcome = begun
        switch (record.method, words, ids.count) {
        case ("POST", ["organizations", "users"], 1):
            guard let users = NonEmpty(texts(record.body?["userIds"]).map { UserID($0) }) else {
                return nil
            }
            if case .object(let body)? = record.body, body.count == 1 { outcome.body = body }
            try await client.addUsers(users, to: OrganizationID(ids[0]))
            outcome.isRight = true
        case ("GET", ["organizations", "users"], 1):
            let page = try await client.members(of: OrganizationID(ids[0]))
            outcome.isRight =
                page.total == record.total
                && isSame(page.items, record.answer) { member, value in
                    member.user.id.text == value["id"]?.stringValue
                        && member.user.username == value["username"]?.stringValue
                        && isSame(member.roles, value["organizationRoles"], isSame)
                }
        case ("POST", ["organizations", "users", "roles"], 2):
            let names = texts(record.body?["organizationRoleNames"])
            guard case .object(let body)? = record.body, body.count == 1,
                let roles = NonEmpty(names.map { ExactText($0) }), !names.contains("")
            else { return nil }
            outcome.body = body
            let assigned = try await client.assignRoles(
                roles, to: UserID(ids[1]), in: OrganizationID(ids[0]))
            outcome.isRight = assigned == texts(record.answer?["organizationRoleIds"])
        case ("GET", ["organizations", "users", "roles"], 2):
            let roles = try await client.memberRoles(
                of: UserID(ids[1]), in: OrganizationID(ids[0]))
            outcome.isRight = isSame(roles, record.answer, isSame)
        case ("GET", ["users", "organizations"], 1):
            outcome.absent = "entity.not_found"
            let found = try await client.organizations(of: UserID(ids[0]))
            outcome.isRight = isSame(found, record.answer) { membership, value in
                isSame(membership.organization, value)
                    && isSame(membership.roles, value["organizationRoles"], isSame)
            }
        case ("GET", ["users"], 1):
            outcome.absent = "entity.not_found"
            let user = try await client.user(UserID(ids[0]))
            outcome.isRight = user.id.text == record.answer?["id"]?.stringValue
        case ("GET", ["organization-roles"], 0):
            let roles = try await client.organizationRoles()
            outcome.isRight = isSame(roles, record.answer) { role, value in
                role.id == value["id"]?.stringValue && role.name.text == value["name"]?.stringValue
                    && role.kind.rawValue == value["type"]?.stringValue
                    && role.scopes.count == value["scopes"]?.arrayValue?.count
            }
        default: return nil
        }
        return outcome
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        value?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private static func isSame(_ organization: LogtoOrganization, _ value: JSONValue?) -> Bool {
        organization.id.text == value?["id"]?.stringValue
            && organization.name == value?["name"]?.stringValue
            && organization.description == value?["description"]?.stringValue
            && .object(organization.customData) == value?["customData"]
            && organization.isMFARequired == value?["isMfaRequired"]?.boolValue
            && organization.createdAt.milliseconds == value?["createdAt"]?.integerValue
    }

    private static func isSame(_ role: LogtoRole, _ value: JSONValue) -> Bool {
        role.id == value["id"]?.stringValue && role.name.text == value["name"]?.stringValue
    }

    private static func isSame<Item>(
        _ items: [Item], _ value: JSONValue?, _ same: (Item, JSONValue) -> Bool
    ) -> Bool {
        guard let values = value?.arrayValue else { return false }
        return items.count == values.count && zip(items, values).allSatisfy(same)
    }
}
