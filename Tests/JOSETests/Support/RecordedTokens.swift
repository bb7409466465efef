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

    /// The issuer of the recorded tenant.
    static let issuer = "http://localhost:3011/oidc"

    /// The API resources that the recorded scenarios register for their callers.
    static let audiences =
        [
            "https://api.mint.example", "https://reports.mint.example/",
            "https://archive.mint.example",
        ] + (53...56).map { "https://t\($0).acme.example" }

    /// What a gateway of that tenant trusts, with these keys.
    static func trust(
        _ keys: KeySet?, _ change: (inout TrustConfiguration) -> Void = { _ in }
    ) -> TrustSnapshot {
        var configuration = TrustConfiguration(issuers: [issuer], audiences: audiences)
        change(&configuration)
        return TrustSnapshot(
            configuration: configuration, keys: keys.map { [issuer: $0] } ?? [:], generation: 1)
    }

    /// The signed access tokens of a scenario, by the name of the call that returned them.
    static func scenario(_ file: String) throws -> [(name: String, text: String, at: UnixTime)] {
        let bytes = try SharedData.bytes(of: "logto/recorded/tokens/\(file).jsonl")
        return try bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let row = try JSONReader.read(Array(line))
            guard let name = row["case"]?.stringValue,
                let text = row["response"]?["json"]?["access_token"]?.stringValue,
                text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2,
                let at = row["at"]?.stringValue.flatMap({ UnixTime(rfc3339: $0) })
            else { return nil }
            return (name, text, at)
        }
    }
}
