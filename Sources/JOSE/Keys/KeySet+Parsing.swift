import Cryptography
import Documents
import Values

extension KeySet {
    /// Reads a key set (RFC 7517). A bad entry is skipped and reported, so that one key of a kind
    /// we do not know never takes the others with it.
    ///
    /// Stricter than the RFC: an entry needs a `kid` of its own, private and symmetric keys are
    /// refused, numbers are canonical base64url in their full length. An RSA key is for
    /// the algorithm that its `alg` names, and without one for RS256 alone; an Ed25519 key is for
    /// EdDSA.
    ///
    /// - Throws: `KeySetFailure` where nothing usable is found.
    package static func parse(
        _ document: [UInt8]
    ) throws(KeySetFailure) -> (keys: KeySet, problems: [KeyProblem]) {
        guard document.count <= maximumBytes else { throw .tooLong }
        let entries = try entries(of: document)
        guard entries.count <= maximumKeys else { throw .tooManyKeys(entries.count) }
        let names = entries.map { $0.objectValue.flatMap(keyID) }
        var counts: [KeyID: Int] = [:]
        for case let name? in names { counts[name, default: 0] += 1 }
        var keys: [(id: KeyID, key: PublicKey)] = []
        var problems: [KeyProblem] = []
        for (index, entry) in entries.enumerated() {
            let name = names[index]
            do throws(EntryProblem) {
                let key = try publicKey(entry, name: name)
                // SECURITY: which of two keys a reader takes is chance, or an attacker's choice.
                guard let name, counts[name] == 1 else { throw EntryProblem(.duplicateKeyID) }
                keys.append((name, key))
            } catch {
                problems.append(
                    KeyProblem(index: index, keyID: name?.text, reason: error.reason))
            }
        }
        guard !keys.isEmpty else { throw .noUsableKey(problems) }
        return (KeySet(keys), problems)
    }

    private static func entries(of document: [UInt8]) throws(KeySetFailure) -> [JSONValue] {
        let value: JSONValue
        do {
            value = try JSONReader.read(document)
        } catch {
            throw .notJSON(error)
        }
        guard let entries = value["keys"]?.arrayValue else { throw .notAKeySet }
        return entries
    }

    private static func keyID(of entry: JSONObject) -> KeyID? {
        guard let text = entry["kid"]?.stringValue, ClaimText.isKeyID(text) else { return nil }
        return KeyID(text)
    }
}

/// The reason of a `KeyProblem` on its way out.
private struct EntryProblem: Error {
    let reason: KeyProblem.Reason
    init(_ reason: KeyProblem.Reason) { self.reason = reason }
}

// MARK: One entry

extension KeySet {
    /// Members that only a private or symmetric key has (RFC 7518 §§ 6.2.2, 6.3.2, 6.4).
    private static let secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    private static func publicKey(
        _ entry: JSONValue, name: KeyID?
    ) throws(EntryProblem) -> PublicKey {
        guard let entry = entry.objectValue else { throw EntryProblem(.notAnObject) }
        // SECURITY: a symmetric key here would verify tokens that anybody can make (KEY-06), and a
        // private one is known to all who can read the set.
        for member in secretMembers where entry[member] != nil { throw EntryProblem(.secretKey) }
        guard name != nil else { throw EntryProblem(.noKeyID) }
        try checkUse(entry)
        let key =
            switch entry["kty"]?.stringValue {
            case let type? where type.isExactly("EC"): try ellipticCurveKey(entry)
            case let type? where type.isExactly("RSA"): try rsaKey(entry)
            case let type? where type.isExactly("OKP"): try ed25519Key(entry)
            case let type? where type.isExactly("oct"): throw EntryProblem(.secretKey)
            default: throw EntryProblem(.unknownType)
            }
        if let algorithm = entry["alg"] {
            guard let text = algorithm.stringValue, text.isExactly(key.algorithm.rawValue) else {
                throw EntryProblem(.unsupportedAlgorithm)
            }
        }
        return key
    }

    private static func checkUse(_ entry: JSONObject) throws(EntryProblem) {
        if let use = entry["use"] {
            guard let text = use.stringValue, text.isExactly("sig") else {
                throw EntryProblem(.notForSignatures)
            }
        }
        if let operations = entry["key_ops"] {
            guard let list = operations.arrayValue,
                list.contains(where: { $0.stringValue?.isExactly("verify") ?? false })
            else { throw EntryProblem(.notForSignatures) }
        }
    }

    private static func ellipticCurveKey(_ entry: JSONObject) throws(EntryProblem) -> PublicKey {
        guard let name = entry["crv"]?.stringValue,
            let curve = EllipticCurve.allCases.first(where: { $0.rawValue.isExactly(name) })
        else { throw EntryProblem(.unknownCurve) }
        let x = try number("x", of: entry)
        let y = try number("y", of: entry)
        do {
            return try PublicKey(curve: curve, x: x, y: y)
        } catch {
            throw EntryProblem(.quality(error))
        }
    }

    private static func rsaKey(_ entry: JSONObject) throws(EntryProblem) -> PublicKey {
        let modulus = try number("n", of: entry)
        let exponent = try number("e", of: entry)
        let algorithm = try rsaAlgorithm(entry)
        do {
            return try PublicKey(rsaModulus: modulus, exponent: exponent, algorithm: algorithm)
        } catch {
            throw EntryProblem(.quality(error))
        }
    }

    /// The algorithm of an RSA key: the entry's own, or RS256 where it names none.
    ///
    /// SECURITY: it is never a token that chooses among the six.
    private static func rsaAlgorithm(
        _ entry: JSONObject
    ) throws(EntryProblem) -> SignatureAlgorithm {
        guard let named = entry["alg"] else { return .rs256 }
        guard let text = named.stringValue,
            let algorithm = rsaAlgorithms.first(where: { $0.rawValue.isExactly(text) })
        else { throw EntryProblem(.unsupportedAlgorithm) }
        return algorithm
    }

    private static let rsaAlgorithms: [SignatureAlgorithm] = [
        .rs256, .rs384, .rs512, .ps256, .ps384, .ps512,
    ]

    private static func ed25519Key(_ entry: JSONObject) throws(EntryProblem) -> PublicKey {
        guard let name = entry["crv"]?.stringValue, name.isExactly("Ed25519") else {
            throw EntryProblem(.unknownCurve)
        }
        let bytes = try number("x", of: entry)
        do {
            return try PublicKey(ed25519: bytes)
        } catch {
            throw EntryProblem(.quality(error))
        }
    }

    private static func number(
        _ member: String, of entry: JSONObject
    ) throws(EntryProblem) -> [UInt8] {
        guard let text = entry[member]?.stringValue, let bytes = Base64URL.decode(text) else {
            throw EntryProblem(.badNumber)
        }
        return bytes
    }
}
