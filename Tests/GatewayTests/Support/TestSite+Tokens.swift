import Cryptography
import Documents
import JOSE
import PolicyEngine
import Synchronization
import Transport
import Values

@testable import Gateway

extension TestSite {
    /// The token with another signature of the same form.
    static func forged(_ token: String, _ number: Int = 0) -> String {
        let parts = token.split(separator: ".")
        var signature = Base64URL.decode(Array(parts[2].utf8).span) ?? []
        signature[40] ^= 1
        signature[20] ^= UInt8(truncatingIfNeeded: number)
        signature[21] ^= UInt8(truncatingIfNeeded: number >> 8)
        return "\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))"
    }

    /// The value of a series on the metrics page; 0 where it is not there.
    func metric(_ series: String) async throws -> Int {
        let page = try await send("GET /metrics", toAdmin: true).body
        for line in page.split(separator: "\n") where line.hasPrefix(series + " ") {
            return Int(line.dropFirst(series.count + 1)) ?? 0
        }
        return 0
    }

    /// Returns once the series has the value; the gateway itself brings it there.
    func until(_ series: String, is value: Int) async throws {
        while try await metric(series) != value { try Task.checkCancellation() }
    }

    /// Puts other keys in force on the loops, as a publication does.
    func replaceTrust(_ change: @escaping @Sendable (TrustSnapshot) -> TrustSnapshot) async {
        await gateway.loops.broadcast { loop in
            guard let gate = loop.attached(PolicyGate.self) else { return }
            gate.install(
                SnapshotHub.Current(
                    policies: gate.policies, policyVersion: 0, trust: change(gate.verifier.trust)))
        }
    }

    /// A hub of its own for the gateway's loops.
    func hub(_ trust: TrustSnapshot) async -> SnapshotHub? {
        let found = Mutex<PolicySnapshot?>(nil)
        await gateway.loops.broadcast { loop in
            let policies = loop.attached(PolicyGate.self)?.policies
            found.withLock { $0 = policies }
        }
        return found.withLock { $0 }.map {
            SnapshotHub(policies: $0, trust: trust, group: gateway.loops)
        }
    }

    /// The keys that are in force.
    func trust() async -> TrustSnapshot? {
        let found = Mutex<TrustSnapshot?>(nil)
        await gateway.loops.broadcast { loop in
            let trust = loop.attached(PolicyGate.self)?.verifier.trust
            found.withLock { $0 = trust }
        }
        return found.withLock { $0 }
    }

    /// What the loops remember of exchanges: lines begun, and waits for signatures.
    func remembered() async -> Int {
        let found = Mutex(0)
        await gateway.loops.broadcast { loop in
            guard let gate = loop.attached(PolicyGate.self) else { return }
            let count = gate.log.rememberedCount + gate.signatures.count
            found.withLock { $0 += count }
        }
        return found.withLock { $0 }
    }
}

/// An issuer that is not the emulator, with one key.
struct ForeignIssuer {
    let name: String
    let signer: TokenSigner

    init(name: String, keyID: String) throws {
        self.name = name
        signer = TokenSigner(key: try PrivateKey.generate(.p384), keyID: KeyID(keyID))
    }

    var keys: KeySet { KeySet([(signer.keyID, signer.key.publicKey)]) }

    /// A token of organization `org_a` for a person of this issuer, or of another one.
    func token(issuer: String? = nil, at now: UnixTime) throws -> String {
        let header: JSONObject = [
            "alg": "ES384", "kid": .string(signer.keyID.text), "typ": "at+jwt",
        ]
        let payload: JSONObject = [
            "iss": .string(issuer ?? name), "sub": "u_foreign",
            "aud": "urn:logto:organization:org_a", "client_id": "app1",
            "scope": "read:projects", "iat": .integer(now.seconds - 10),
            "exp": .integer(now.seconds + 600), "jti": "j1",
        ]
        return try signer.sign(
            header: Array(JSONWriter.text(.object(header)).utf8),
            payload: Array(JSONWriter.text(.object(payload)).utf8))
    }
}
