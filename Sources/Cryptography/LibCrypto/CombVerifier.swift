/// Checks ECDSA signatures of one key by tables that were computed when the key was loaded.
///
/// It uses libcrypto's own arithmetic of points and numbers; what is ours is the order of the
/// additions. It handles public data only and is not constant-time.
final class CombVerifier: SignatureVerifier {
    private let comb: CombCurve
    private let table: CombTable
    /// Decides where libcrypto fails midway.
    private let plain: any SignatureVerifier

    /// A verifier for a key, or nil where its table cannot be made or does not agree with
    /// libcrypto.
    ///
    /// - Parameter width: bits of a window of the key's table; by default what is best for the
    ///   curve.
    init?(
        curve: EllipticCurve, x: [UInt8], y: [UInt8], plain: any SignatureVerifier,
        width: Int? = nil
    ) {
        guard let comb = CombCurve.shared(curve),
            let table = comb.table(x: x, y: y, width: width ?? CombCurve.width(curve))
        else { return nil }
        self.comb = comb
        self.table = table
        self.plain = plain
    }

    func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        let curve = comb.group.curve
        guard signature.count == 2 * curve.coordinateByteCount else { return false }
        return isValid(signature: signature, ofDigest: curve.hash.digest(of: message))
            ?? plain.isValid(signature: signature, of: message)
    }

    /// Whether the signature, in JOSE form, is the key's for the digest; nil where libcrypto
    /// failed.
    func isValid(signature: Span<UInt8>, ofDigest digest: [UInt8]) -> Bool? {
        guard let context = comb.takeContext() else { return nil }
        defer { comb.putBack(context) }
        return context.isValid(signature, digest: digest, generator: comb.generator, key: table)
    }
}
