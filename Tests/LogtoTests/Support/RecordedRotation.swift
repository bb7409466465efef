import Documents
import JOSE
import TestSupport
import Values

@testable import Logto

/// A recorded sequence of key rotations, as far as keys and tokens go.
struct RecordedRotation {
    /// One exchange with the Logto that was recorded.
    struct Row {
        let name: String
        /// The set that was served from here on, until the next change.
        var keys: ServedKeys?
        /// Whether this exchange is a call for the set.
        let isKeys: Bool
        /// The token that was issued here.
        let issued: RecordedToken?
        /// The token that was shown to Logto's own API, or exchanged, and whether it was accepted.
        let shown: (token: RecordedToken, isAccepted: Bool)?
        /// Whether a key was added or removed here.
        let isChange: Bool
    }

    let rows: [Row]

    init(_ path: String) throws {
        let bytes = try SharedData.bytes(of: "logto/recorded/tokens/\(path).jsonl")
        rows = Self.spread(
            try bytes.split(separator: UInt8(ascii: "\n")).map { line in
                Self.row(try JSONReader.read(Array(line)))
            })
    }

    private static func row(_ value: JSONValue) -> Row {
        let (request, response) = (value["request"], value["response"])
        let (method, target) = (
            request?["method"]?.stringValue ?? "", request?["target"]?.stringValue ?? ""
        )
        let status = response?["status"]?.integerValue ?? 0
        let isKeys = target == "/oidc/jwks" && method == "GET"
        var served: ServedKeys?
        if isKeys, status == 200, let document = response?["json"] {
            let etag = response?["headers"]?.arrayValue?.first { field in
                field.arrayValue?.first?.stringValue?.lowercased() == "etag"
            }
            served = ServedKeys(
                document: JSONWriter.text(document),
                etag: etag?.arrayValue?.last?.stringValue ?? "")
        }
        let bearer = request?["headers"]?["authorization"]?.stringValue ?? ""
        let exchanged = request?["form"]?.arrayValue?.first { field in
            field.arrayValue?.first?.stringValue == "subject_token"
        }
        let shown = RecordedToken(
            exchanged?.arrayValue?.last?.stringValue ?? String(bearer.dropFirst("Bearer ".count)))
        let isUse =
            target.hasPrefix("/api/")
            ? status == 200 || status == 401 : exchanged != nil && (status == 200 || status == 400)
        let isKeyCall = target.contains("/oidc/private-keys") && (200..<300).contains(status)
        return Row(
            name: value["case"]?.stringValue ?? "", keys: served, isKeys: isKeys,
            issued: target == "/oidc/token"
                ? response?["json"]?["access_token"]?.stringValue.flatMap(RecordedToken.init) : nil,
            shown: isUse ? shown.map { ($0, status == 200) } : nil,
            isChange: isKeyCall && (method == "POST" || method == "DELETE"))
    }

    /// Gives every row the set that was served then: the one before it, or behind a change the next
    /// that was asked for; none where another change came first.
    private static func spread(_ rows: [Row]) -> [Row] {
        var rows = rows
        var current: ServedKeys?
        for index in rows.indices {
            if rows[index].isChange {
                let rest = rows[(index + 1)...]
                let end = rest.firstIndex(where: \.isChange) ?? rest.endIndex
                current = rest[..<end].first { $0.keys != nil }?.keys
            }
            if let served = rows[index].keys { current = served }
            rows[index].keys = current
        }
        // What was asked for first was there from the beginning.
        let first = rows.first { $0.isChange || $0.keys != nil }?.keys
        for index in rows.indices where rows[index].keys == nil && !rows[index].isChange {
            guard !rows[..<index].contains(where: \.isChange) else { break }
            rows[index].keys = first
        }
        return rows
    }
}

/// A key set as it was served.
struct ServedKeys: Equatable, Sendable {
    let document: String
    let etag: String

    func parsed() throws -> KeySet { try KeySet.parse(Array(document.utf8)).keys }

    /// Answers as Logto does: with the set, or 304 to its ETag.
    func answer(_ request: ScriptedServer.Request) -> [ScriptedServer.Step] {
        if request.headers["if-none-match"] == etag {
            return ScriptedServer.answer(304, ["ETag": etag])
        }
        return ScriptedServer.answer(
            200, ["Content-Type": "application/jwk-set+json; charset=utf-8", "ETag": etag],
            document)
    }
}

/// A token that a real Logto issued.
struct RecordedToken: Sendable {
    let bytes: [UInt8]
    let keyID: KeyID
    let issuer: String
    let audience: String
    let issuedAt: Int64

    /// Nil where the text is no access token in the form of a JWT.
    init?(_ text: String) {
        let parts = text.split(separator: ".").map { Base64URL.decode(String($0)) ?? [] }
        guard parts.count == 3, let header = try? JSONReader.read(parts[0]),
            let claims = try? JSONReader.read(parts[1]),
            header["typ"]?.stringValue == "at+jwt", let keyID = header["kid"]?.stringValue,
            let issuer = claims["iss"]?.stringValue, let audience = claims["aud"]?.stringValue,
            let issuedAt = claims["iat"]?.integerValue
        else { return nil }
        bytes = Array(text.utf8)
        self.keyID = KeyID(keyID)
        self.issuer = issuer
        self.audience = audience
        self.issuedAt = issuedAt
    }

    /// Checks the token against keys, at the time of its issue.
    func verify(_ keys: [String: KeySet]) throws(TokenRejection) {
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(
                issuers: [issuer], audiences: [audience], maxTokenLifetimeSeconds: .max),
            keys: keys, generation: 1)
        _ = try TokenVerifier(trust: trust).verify(
            bytes.span, now: UnixTime(seconds: issuedAt))
    }
}
