import Documents
import Values

/// What a webhook of Logto makes us do. Its payload is a hint: nothing of it becomes our knowledge, it
/// only says what we no longer know, and whose tokens no longer count.
struct LogtoEvent: Equatable {
    /// What is to be forgotten.
    var forgotten: [CacheScope] = []
    /// Whose tokens no longer count.
    var revoked: [Watermark] = []

    /// Reads the body of a delivery whose signature was checked.
    ///
    /// - Parameters:
    ///   - now: our own time; no event counts as later by more than the leeway.
    ///   - life: how long watermarks concern a token.
    /// - Throws: where the body is no JSON object.
    init(_ body: [UInt8], now: UnixTime, life: WatermarkLife) throws(JSONRejection) {
        let value = try Self.read(body)
        guard value.objectValue != nil else { throw JSONRejection(.unexpectedCharacter, at: 0) }
        let delivery = Delivery(value: value, now: now, leeway: life.leeway)
        // A captured delivery stays valid until the secret changes: an old one is nobody's news.
        if delivery.occurred < now.advanced(bySeconds: -Self.longestRemembered),
            delivery.occurred.seconds < life.ended(by: now).seconds
        {
            return
        }
        react(to: delivery)
    }

    /// Longer than any answer of Logto is remembered, in seconds.
    private static let longestRemembered: Int64 = 600
    /// Logto cuts its lists here.
    private static let longestList = 5_000
    /// More members than this are forgotten as their whole organization.
    private static let mostMembers = 50

    private mutating func react(to delivery: Delivery) {
        switch delivery.name {
        case "Organization.Deleted":
            guard let organization = delivery.organization else { return forget(.everything) }
            forget(.organization(organization))
            revoke(.organization(organization), delivery)
        case "Organization.Data.Updated":
            forget(delivery.organization.map { .organization($0) } ?? .everything)
        case "Organization.Membership.Updated":
            guard let organization = delivery.organization else { return forget(.everything) }
            membersChanged(of: organization, delivery)
        case "User.Deleted":
            guard let user = delivery.user else { return forget(.everything) }
            forget(.user(user))
            revoke(.user(user), delivery)
        case "User.SuspensionStatus.Updated":
            guard let user = delivery.user else { return forget(.everything) }
            forget(.user(user))
            // Where it does not say which, tokens are asked for anew rather than trusted.
            if delivery.isSuspended ?? true { revoke(.user(user), delivery) }
        case "User.Data.Updated":
            forget(delivery.user.map { .user($0) } ?? .everything)
        case "OrganizationRole.Created", "OrganizationRole.Data.Updated",
            "OrganizationRole.Deleted", "OrganizationRole.Scopes.Updated",
            "OrganizationScope.Created", "OrganizationScope.Data.Updated",
            "OrganizationScope.Deleted":
            forget(.roleTemplate)
        default: break
        }
    }

    private mutating func membersChanged(of organization: OrganizationID, _ delivery: Delivery) {
        let removed = [delivery.list("removedUserIds"), delivery.list("removedApplicationIds")]
        let added = [delivery.list("addedUserIds"), delivery.list("addedApplicationIds")]
        let all = removed + added
        // Older versions of Logto do not say who, and no version does where nobody came or went.
        if all.allSatisfy({ $0 == .absent }) { return forget(.organization(organization)) }
        // Who stands behind the end of a cut list is not known.
        if removed.contains(where: { $0.isIncomplete(Self.longestList) }) {
            revoke(.organization(organization), delivery)
        } else {
            for id in removed.flatMap(\.ids) { revoke(.member(organization, UserID(id)), delivery) }
        }
        let ids = all.flatMap(\.ids)
        if all.contains(where: { $0.isIncomplete(Self.longestList) })
            || ids.count > Self.mostMembers
        {
            forget(.organization(organization))
        } else {
            for id in ids { forget(.member(organization, id)) }
        }
    }

    private mutating func forget(_ scope: CacheScope) { forgotten.append(scope) }

    private mutating func revoke(_ subject: Watermark.Subject, _ delivery: Delivery) {
        revoked.append(
            Watermark(
                subject, of: delivery.occurred, now: delivery.now, leeway: delivery.leeway))
    }

    // MARK: Reading

    /// Bytes of a delivery.
    static let maximumBytes = 8 << 20

    private static func read(_ body: [UInt8]) throws(JSONRejection) -> JSONValue {
        let limits = JSONReader.Limits(bytes: maximumBytes)
        do {
            return try JSONReader.read(body, limits: limits)
        } catch {
            guard error.reason == .tooDeep else { throw error }
            // SECURITY: people choose parts of `data` themselves. What they nest deeply must not keep
            // their removal from being read; nothing that counts stands deeper than the second level.
            return try JSONReader.read(ShallowJSON.cut(body, below: 2), limits: limits)
        }
    }
}

/// The parts of a delivery that count.
private struct Delivery {
    let value: JSONValue
    let now: UnixTime
    let leeway: Int64

    var name: String { value["event"]?.stringValue ?? "" }

    /// When it happened, by Logto's clock; now where it does not say.
    var occurred: UnixTime {
        value["createdAt"]?.stringValue.flatMap { UnixTime(rfc3339: $0) } ?? now
    }

    var organization: OrganizationID? {
        text(value["organizationId"]) ?? text(value["params"]?["id"])
    }

    /// The person, from the route. SECURITY: `data` may be what the person has chosen, so that its `id`
    /// counts only where there is no route: events of sign-in flows and of the account API.
    var user: UserID? {
        if let parameters = value["params"] { return text(parameters["userId"]) }
        return text(value["data"]?["id"])
    }

    var isSuspended: Bool? { value["data"]?["isSuspended"]?.boolValue }

    func list(_ name: String) -> IDList {
        guard let value = value[name] else { return .absent }
        guard let values = value.arrayValue else { return .unreadable }
        let ids = values.compactMap(\.stringValue)
        return ids.count == values.count ? .ids(ids) : .unreadable
    }

    private func text<ID: Identifier>(_ value: JSONValue?) -> ID? {
        guard let text = value?.stringValue, !text.isEmpty else { return nil }
        return ID(text)
    }
}

/// A list of identifiers of a delivery.
private enum IDList: Equatable {
    case absent
    case unreadable
    case ids([String])

    var ids: [String] {
        if case .ids(let ids) = self { ids } else { [] }
    }

    /// Whether somebody may be missing.
    func isIncomplete(_ longest: Int) -> Bool {
        switch self {
        case .absent: false
        case .unreadable: true
        case .ids(let ids): ids.count >= longest
        }
    }
}
