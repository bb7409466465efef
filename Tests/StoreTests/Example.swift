import Store
import Values

/// Values that the tests of the tables share.
enum Example {
    static let now = UnixTime(seconds: 1_790_000_000)
    static let key = IdempotencyKey(scope: "org.create u1", digest: [1, 2, 3])
    static let answer = StoredAnswer(
        status: 201, headers: ["Location": "/organizations/o1", "ETag": "\"a: b\""],
        body: Array(#"{"data":{}}"#.utf8)
    )

    static func creation(_ id: String) -> CreationRecord {
        CreationRecord(
            id: CreationID(id), user: UserID("u1"), name: "Acme", key: key, isWanted: true, now: now
        )
    }

    static func claim(_ creation: String = "s1", fingerprint: [UInt8] = [9]) -> IdempotencyClaim {
        IdempotencyClaim(
            key: key, fingerprint: fingerprint, creation: CreationID(creation),
            expires: now.advanced(bySeconds: 86_400)
        )
    }
}
