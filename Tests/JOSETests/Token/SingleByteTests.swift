import FoundationEssentials
import JOSE
import TestSupport
import Testing
import Values

/// For each accepted token every single-byte change is refused.
///
/// There is no exception. Base64url is read in its canonical form only, so that no byte has unused
/// bits; the mirrored signature of ECDSA (JWT-35), which does verify, differs in many bytes.
@Suite(.enabled(if: SharedData.isPresent))
struct SingleByteTests {
    /// With `GATEHOUSE_LONG=1` all accepted tokens are tried with more values, which lasts minutes.
    private static let isLong = ProcessInfo.processInfo.environment["GATEHOUSE_LONG"] == "1"

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// An accepted token of each kind and of each key.
    private static let tokens: [Recorded.Token] = {
        var seen: Set<String> = []
        return Recorded.tokens.filter { token in
            guard let name = token.keys, let keys = Recorded.keySets[name],
                Issuer.rejection(token.text, trust: Recorded.trust(keys), now: token.at) == nil
            else { return false }
            let isNewKind = seen.insert(token.kind).inserted
            let isNewKey = seen.insert(token.keyID ?? "").inserted
            return isLong || isNewKind || isNewKey
        }
    }()

    @Test func `tokens of every accepted kind and of six keys are looked at`() {
        #expect(Set(Self.tokens.map(\.kind)).count == 9)
        #expect(Set(Self.tokens.map(\.keyID)).count >= 6)
    }

    @Test(arguments: tokens)
    func `every changed byte of an accepted token is refused`(_ token: Recorded.Token) throws {
        let keys = try #require(token.keys.flatMap { Recorded.keySets[$0] } as KeySet?)
        let verifier = TokenVerifier(trust: Recorded.trust(keys))
        let good = Array(token.text.utf8)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for index in good.indices {
            for value in values(beside: good[index], using: &random) {
                var changed = good
                changed[index] = value
                let isAccepted = (try? verifier.verify(changed.span, now: token.at)) != nil
                try #require(!isAccepted, "byte \(index) as \(value), seed \(seed)")
            }
        }
    }

    /// What a byte is changed to: a letter that may stand there, and each single bit.
    private func values(beside byte: UInt8, using random: inout SplitMix) -> [UInt8] {
        let letters = Self.alphabet.filter { $0 != byte }
        let letter = letters.randomElement(using: &random) ?? 0
        guard Self.isLong else { return [letter] }
        return [letter, letters.randomElement(using: &random) ?? 0]
            + (0..<8).map { byte ^ 1 << $0 }
    }
}
