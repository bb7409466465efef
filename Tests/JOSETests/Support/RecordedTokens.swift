import Documents
import JOSE
import TestSupport
import Testing
import Values

/// The tokens and key sets recorded from a real Logto (`logto/recorded`).
enum Recorded {
    struct Token: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: String
        let at: UnixTime
        let text: String
        let claims: JSONObject?
        let issuer: String
        let keys: String?
        let keyID: String?
        var testDescription: String { name }
    }

    static let tokens: [Token] = {
        guard let bytes = try? SharedData.bytes(of: "logto/recorded/tokens.json"),
            let list = try? JSONReader.read(bytes).arrayValue
        else { return [] }
        return list.compactMap { entry in
            guard let name = entry["name"]?.stringValue, let kind = entry["kind"]?.stringValue,
                let at = entry["at"]?.stringValue.flatMap({ UnixTime(rfc3339: $0) }),
                let text = entry["token"]?.stringValue, let issuer = entry["issuer"]?.stringValue
            else { return nil }
            return Token(
                name: name, kind: kind, at: at, text: text,
                claims: entry["claims"]?.objectValue,
                issuer: issuer, keys: entry["jwks"]?.stringValue,
                keyID: entry["signedWith"]?.stringValue)
        }
    }()

    /// The key sets by name, written as the server served them.
    static let keySets: [String: KeySet] = {
        guard let bytes = try? SharedData.bytes(of: "logto/recorded/jwks.json"),
            let sets = try? JSONReader.read(bytes).objectValue
        else { return [:] }
        var result: [String: KeySet] = [:]
        for set in sets.members {
            guard let keys = set.value["keys"] else { continue }
            let document = JSONWriter.write(["keys": keys] as JSONValue)
            if let parsed = try? KeySet.parse(document), parsed.problems.isEmpty {
                result[set.name] = parsed.keys
            }
        }
        return result
    }()
}
