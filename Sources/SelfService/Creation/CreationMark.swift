import Documents
import Store
import Values

/// What Gatehouse writes into an organization's own data when it creates it, so that the creation
/// can be recognised even when our own store is lost:
/// `customData.gatehouse = {v, creation: {by, saga, at}, metadata?}`.
struct CreationMark: Equatable, Sendable {
    /// Who asked.
    let by: UserID
    /// The creation.
    let saga: CreationID
    /// When it began.
    let at: UnixTime

    init(by: UserID, saga: CreationID, at: UnixTime) {
        self.by = by
        self.saga = saga
        self.at = at
    }

    /// Reads the mark of an organization; nil where it has none of this version.
    init?(of organization: DirectoryOrganization) {
        guard let own = organization.customData["gatehouse"], own["v"] == .integer(1),
            let creation = own["creation"], let by = creation["by"]?.stringValue,
            let saga = creation["saga"]?.stringValue, let text = creation["at"]?.stringValue,
            let at = UnixTime(rfc3339: text)
        else { return nil }
        self.init(by: UserID(by), saga: CreationID(saga), at: at)
    }

    /// The organization's own data as it is created.
    func customData(metadata: JSONObject) -> JSONObject {
        var own: JSONObject = [
            "v": 1,
            "creation": [
                "by": .string(by.text), "saga": .string(saga.text), "at": .string(at.rfc3339),
            ],
        ]
        if !metadata.isEmpty { own["metadata"] = .object(metadata) }
        return ["gatehouse": .object(own)]
    }

    /// The product's own data in an organization.
    static func metadata(of organization: DirectoryOrganization) -> JSONObject {
        organization.customData["gatehouse"]?["metadata"]?.objectValue ?? JSONObject()
    }
}
