import JOSE
import TestSupport
import Testing
import Values

/// The rows of the attack page that are sent through a running gateway too, on the verifier itself.
@Suite struct AttackTableTests {
    @Test(arguments: TokenAttack.all)
    func `each row is judged as it must be`(_ attack: TokenAttack) throws {
        let forge = try Self.forge.get()
        let keys = [
            TokenForge.issuer: try KeySet.parse(Array(forge.keySet.utf8)).keys,
            TokenForge.otherIssuer: try KeySet.parse(Array(forge.otherKeySet.utf8)).keys,
        ]
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(
                issuers: [TokenForge.issuer, TokenForge.otherIssuer],
                audiences: ["https://api.test"]),
            keys: keys, generation: 1)
        let code = Issuer.code(try attack.make(forge.at(Issuer.t)), trust: trust)
        switch attack.outcome {
        case .refused(let expected): #expect(code == expected)
        case .granted, .denied: #expect(code == "accepted")
        }
    }

    private static let forge = Result { try TokenForge() }
}
