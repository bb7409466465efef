package import Cryptography
package import Documents

/// Why a document is no key set at all. The last good one stays in use.
package enum KeySetFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has more bytes than `KeySet.maximumBytes`.
    case tooLong
    /// It is not strict JSON.
    case notJSON(JSONRejection)
    /// It is not an object with a list `keys`.
    case notAKeySet
    /// It has more entries than `KeySet.maximumKeys`.
    case tooManyKeys(Int)
    /// It holds no usable key; the problems say why.
    case noUsableKey([KeyProblem])

    package var description: String {
        switch self {
        case .tooLong: "the key set has more than \(KeySet.maximumBytes) bytes"
        case .notJSON(let rejection): "the key set is not JSON: \(rejection.description)"
        case .notAKeySet: "the document is not an object with a list `keys`"
        case .tooManyKeys(let count):
            "the key set has \(count) keys; \(KeySet.maximumKeys) are accepted"
        case .noUsableKey: "the key set holds no usable key"
        }
    }
}

/// What is wrong with one entry of a key set. The entry is not used; the others are.
package struct KeyProblem: Equatable, Sendable, CustomStringConvertible {
    /// The place in the list, from 0.
    package let index: Int
    /// The entry's `kid`, if it has a proper one. It is the issuer's text: logs escape it.
    package let keyID: String?
    /// What is wrong.
    package let reason: Reason

    /// A problem of the entry at `index`.
    package init(index: Int, keyID: String?, reason: Reason) {
        self.index = index
        self.keyID = keyID
        self.reason = reason
    }

    /// What is wrong.
    package enum Reason: Equatable, Sendable {
        case notAnObject
        case noKeyID
        /// Another entry has the same `kid`; neither is used.
        case duplicateKeyID
        /// The entry holds a secret or private key. Its owner must replace it.
        case secretKey
        case unknownType
        case unknownCurve
        case notForSignatures
        /// `alg` is not that of the key, or not among those we know.
        case unsupportedAlgorithm
        /// A number is missing or not canonical base64url.
        case badNumber
        case quality(KeyRejection)
    }

    /// Stable name of the reason: log field and metric label.
    package var code: String {
        switch reason {
        case .notAnObject: "key-not-an-object"
        case .noKeyID: "key-without-kid"
        case .duplicateKeyID: "key-duplicate-kid"
        case .secretKey: "key-secret"
        case .unknownType: "key-unknown-type"
        case .unknownCurve: "key-unknown-curve"
        case .notForSignatures: "key-not-for-signatures"
        case .unsupportedAlgorithm: "key-unsupported-algorithm"
        case .badNumber: "key-bad-number"
        case .quality: "key-weak"
        }
    }

    /// What is wrong, in a sentence; nothing of the document is repeated.
    package var description: String {
        switch reason {
        case .notAnObject: "the entry is no object"
        case .noKeyID: "the entry has no proper `kid`"
        case .duplicateKeyID: "another entry has the same `kid`: neither is used"
        case .secretKey: "the entry holds a secret key, which must be replaced at once"
        case .unknownType: "`kty` is none of EC, RSA and OKP"
        case .unknownCurve: "`crv` is none of P-256, P-384, P-521 and Ed25519"
        case .notForSignatures: "the key is not meant for signatures"
        case .unsupportedAlgorithm: "`alg` is not the key's algorithm, or not a supported one"
        case .badNumber: "a number of the key is missing or not base64url"
        case .quality(let rejection): rejection.description
        }
    }

    /// Whether the issuer has made a mistake that somebody must act on.
    package var isError: Bool {
        switch reason {
        case .secretKey, .duplicateKeyID, .quality: true
        case .notAnObject, .noKeyID, .unknownType, .unknownCurve, .notForSignatures,
            .unsupportedAlgorithm, .badNumber:
            false
        }
    }
}
