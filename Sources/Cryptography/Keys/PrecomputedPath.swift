import Synchronization

/// The faster way to check signatures of a curve, and whether it may be used.
///
/// Before it decides about the first token of a curve it has to give the known answers. One that
/// does not is never used for that curve in this process: the plain way remains.
final class PrecomputedPath: Sendable {
    /// Makes a verifier of a key that has a plain one, with tables of so many bits a window, or nil
    /// where that is not possible.
    typealias Maker =
        @Sendable (
            _ curve: EllipticCurve, _ x: [UInt8], _ y: [UInt8], _ plain: any SignatureVerifier,
            _ width: Int
        ) -> (any SignatureVerifier)?

    /// The one of the process.
    static let shared = PrecomputedPath { curve, x, y, plain, width in
        CombVerifier(curve: curve, x: x, y: y, plain: plain, width: width)
    }

    /// Bits of a window in the self-test: a small table, since every start waits for it. The
    /// generator's table is the one in use.
    private static let selfTestWidth = 4

    private let make: Maker
    private let verdicts = Mutex<[EllipticCurve: Bool]>([:])

    /// - Parameter make: the computation to be tried; a test gives a broken one.
    init(make: @escaping Maker) {
        self.make = make
    }

    /// A faster verifier of the key, or nil where the plain one has to stay.
    func verifier(
        curve: EllipticCurve, x: [UInt8], y: [UInt8], plain: any SignatureVerifier
    ) -> (any SignatureVerifier)? {
        guard isTrusted(curve) else { return nil }
        return make(curve, x, y, plain, CombCurve.width(curve))
    }

    /// Whether the known answers are given; tried once for each curve.
    func isTrusted(_ curve: EllipticCurve) -> Bool {
        verdicts.withLock { verdicts in
            if let known = verdicts[curve] { return known }
            let verdict = passes(curve)
            verdicts[curve] = verdict
            return verdict
        }
    }

    private func passes(_ curve: EllipticCurve) -> Bool {
        guard let answer = KnownAnswer(curve),
            // SECURITY: the plain verifier stands in where the fast one fails midway; here it must
            // not, since its right answers would hide the failure.
            let verifier = make(curve, answer.x, answer.y, RefusingVerifier(), Self.selfTestWidth)
        else { return false }
        return answer.isGiven(by: verifier)
    }
}

/// Refuses everything.
private final class RefusingVerifier: SignatureVerifier {
    func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool { false }
}
