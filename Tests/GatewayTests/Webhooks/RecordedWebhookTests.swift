import Documents
import HTTPProxy
import TestSupport
import Testing
import Values

@testable import Gateway

/// Deliveries of a real Logto, with the signing keys of their hooks.
@Suite(.enabled(if: SharedData.isPresent)) struct RecordedWebhookTests {
    /// One recorded delivery.
    struct Delivery: Sendable {
        let name: String
        let method: String
        let key: String
        let signature: String
        let body: [UInt8]

        var value: JSONValue? { try? JSONReader.read(body) }
        var event: String { value?["event"]?.stringValue ?? "" }
    }

    private static let files = [
        "01-organization", "02-organization-unicode", "03-members", "04-member-roles-silent",
        "05-other-silent-calls", "06-applications", "07-invitation-accept", "08-template",
        "09-users", "10-cascades", "13-headers", "15-manage", "16-test", "17-receiver-fails",
        "18-receiver-redirects", "20-receiver-slow", "21-logs", "23-slow-first", "24-large",
        "25-register-and-jit", "27-one-time-token", "28-lockout-and-limits", "29-reset-password",
        "30-account-api", "31-race-of-accepts", "32-refused-then-listening",
        "33-connection-reset", "34-jit-fails", "35-two-owners-removed", "36-members-second",
        "38-template-second", "39-two-keys", "40-invitation-second",
    ]

    static func deliveries() throws -> [Delivery] {
        try files.flatMap { file in
            let bytes = try SharedData.bytes(of: "logto/recorded/flows/webhooks-\(file).jsonl")
            return try bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
                let row = try JSONReader.read(
                    Array(line), limits: JSONReader.Limits(depth: 32, bytes: 1 << 22))
                return delivery(row, file)
            }
        }
    }

    private static func delivery(_ row: JSONValue, _ file: String) -> Delivery? {
        guard let delivery = row["delivery"], let key = row["hook"]?["signingKey"]?.stringValue,
            let headers = delivery["headers"]?.arrayValue
        else { return nil }
        let signature = headers.first {
            $0.arrayValue?.first == .string(LogtoWebhookService.signatureName)
        }
        return Delivery(
            name: "\(file) \(row["case"]?.stringValue ?? "")",
            method: delivery["method"]?.stringValue ?? "", key: key,
            signature: signature?.arrayValue?.last?.stringValue ?? "",
            body: Array((delivery["body"]?.stringValue ?? "").utf8))
    }

    /// What each event does, said anew from the raw members.
    private static func expected(_ value: JSONValue?) -> (forgotten: [CacheScope], revoked: Int) {
        let id = value?["params"]?["id"]?.stringValue ?? ""
        let userID = value?["params"]?["userId"]?.stringValue
        switch value?["event"]?.stringValue ?? "" {
        case "Organization.Deleted": return ([.organization(OrganizationID(id))], 1)
        case "Organization.Data.Updated": return ([.organization(OrganizationID(id))], 0)
        case "Organization.Membership.Updated":
            let organization = OrganizationID(value?["organizationId"]?.stringValue ?? id)
            let names = [
                "removedUserIds", "removedApplicationIds", "addedUserIds", "addedApplicationIds",
            ]
            let lists = names.map { value?[$0]?.arrayValue?.compactMap(\.stringValue) ?? [] }
            let ids = lists.flatMap { $0 }
            return (
                ids.isEmpty || ids.count > 50
                    ? [.organization(organization)] : ids.map { .member(organization, $0) },
                lists[0].count + lists[1].count
            )
        case "User.Deleted":
            return userID.map { ([.user(UserID($0))], 1) } ?? ([.everything], 0)
        case "User.SuspensionStatus.Updated":
            let isSuspended = value?["data"]?["isSuspended"] == .bool(true)
            return userID.map { ([.user(UserID($0))], isSuspended ? 1 : 0) } ?? ([.everything], 0)
        case "User.Data.Updated":
            let user = userID ?? value?["data"]?["id"]?.stringValue
            return (user.map { [.user(UserID($0))] } ?? [.everything], 0)
        case let name
        where name.hasPrefix("OrganizationRole.") || name.hasPrefix("OrganizationScope."):
            return ([.roleTemplate], 0)
        default: return ([], 0)
        }
    }

    @Test func `every recorded delivery is taken, with its effect and no other`() async throws {
        let all = try Self.deliveries()
        #expect(all.count == 194)
        for delivery in all {
            let sent = delivery.value?["createdAt"]?.stringValue.flatMap { UnixTime(rfc3339: $0) }
            let time = sent ?? WebhookServiceTests.now
            try await WebhookServiceTests().with(keys: [delivery.key], at: time) { bench in
                let answer = await bench.answer(
                    delivery.body, signature: [delivery.signature],
                    method: delivery.method == "GET" ? .get : .post, at: time)
                guard delivery.method == "POST" else {
                    // Logto follows redirects, with the signature and without the body.
                    #expect(answer.status == 405, "\(delivery.name)")
                    return
                }
                #expect(answer.status == 204, "\(delivery.name)")
                let expected = Self.expected(delivery.value)
                #expect(bench.caches.forgotten == expected.forgotten, "\(delivery.name)")
                #expect(bench.journal.kept.count == expected.revoked, "\(delivery.name)")
                for watermark in bench.journal.kept {
                    #expect(watermark.notBefore.seconds == time.seconds + 1, "\(delivery.name)")
                }
            }
        }
    }

    @Test func `AZ-34 any changed byte of body or signature is 401`() async throws {
        var seen: Set<String> = []
        for delivery in try Self.deliveries() where delivery.method == "POST" {
            guard seen.insert(delivery.event).inserted else { continue }
            try await WebhookServiceTests().with(keys: [delivery.key, "other"]) { bench in
                for index in delivery.body.indices {
                    var body = delivery.body
                    body[index] ^= 1 << UInt8(index % 8)
                    let answer = await bench.answer(body, signature: [delivery.signature])
                    if answer.status != 401 { Issue.record("\(delivery.name) byte \(index)") }
                }
                for index in 0..<64 {
                    var signature = Array(delivery.signature.utf8)
                    signature[index] = signature[index] == 0x30 ? 0x31 : 0x30
                    let text = String(decoding: signature, as: UTF8.self)
                    let answer = await bench.answer(delivery.body, signature: [text])
                    if answer.status != 401 { Issue.record("\(delivery.name) digit \(index)") }
                }
                #expect(bench.journal.kept.isEmpty)
                #expect(bench.caches.forgotten.isEmpty)
            }
        }
        #expect(seen.count == 22)
    }

    @Test func `a delivery of one hook is not taken under the key of another`() async throws {
        let all = try Self.deliveries().filter { $0.method == "POST" }
        let keys = Set(all.map(\.key))
        for delivery in all.prefix(20) {
            let others = Array(keys.subtracting([delivery.key]))
            try await WebhookServiceTests().with(keys: others) { bench in
                let answer = await bench.answer(delivery.body, signature: [delivery.signature])
                #expect(answer.status == 401, "\(delivery.name)")
            }
        }
    }
}
