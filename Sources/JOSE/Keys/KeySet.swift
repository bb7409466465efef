package import Cryptography
package import Values

/// The verification keys of one issuer. Each has a name of its own and meets the quality rules.
package struct KeySet: Sendable {
    /// One key and its name.
    package struct Entry: Sendable, Equatable {
        /// The `kid`.
        package let id: KeyID
        /// The key.
        package let key: PublicKey
    }

    /// The keys in the order of the document. Their names differ.
    package let entries: [Entry]

    /// Bounds on a document: an issuer has two or three keys.
    package static let maximumBytes = 256 * 1024
    package static let maximumKeys = 64

    /// A set of keys with names; of a name that occurs twice, no key is kept.
    package init(_ keys: [(id: KeyID, key: PublicKey)]) {
        var counts: [KeyID: Int] = [:]
        for entry in keys { counts[entry.id, default: 0] += 1 }
        entries = keys.filter { counts[$0.id] == 1 }.map { Entry(id: $0.id, key: $0.key) }
    }

    /// The key of that name, by its bytes.
    package subscript(id: KeyID) -> PublicKey? {
        for entry in entries where entry.id == id { return entry.key }
        return nil
    }
}

extension KeySet: Equatable {
    /// Same names for the same material, in any order: the order says nothing (Logto changes it
    /// when a key is promoted).
    package static func == (left: KeySet, right: KeySet) -> Bool {
        left.entries.count == right.entries.count
            && left.entries.allSatisfy { right[$0.id] == $0.key }
    }
}
