import Synchronization

/// The plain verifier: libcrypto's own check, for every kind of key.
///
/// One context is kept between checks (its set-up costs 2 µs). A thread takes it out, uses it and
/// puts it back; a thread that finds it gone makes one for the moment, so that nobody waits for a
/// check.
final class LibCryptoVerifier: SignatureVerifier {
    /// How the key's signatures are written.
    enum Form {
        case ellipticCurve(EllipticCurve)
        /// RSA with so many bytes of modulus.
        case rsa(Int, RSAPadding)

        var padding: RSAPadding? {
            switch self {
            case .ellipticCurve: nil
            case .rsa(_, let padding): padding
            }
        }

        /// Bytes of a signature: there is no other length.
        var signatureByteCount: Int {
            switch self {
            case .ellipticCurve(let curve): 2 * curve.coordinateByteCount
            case .rsa(let modulusByteCount, _): modulusByteCount
            }
        }
    }

    private let key: KeyHandle
    private let form: Form
    private let hash: HashFunction
    private let idle = Mutex<VerificationContext?>(nil)

    init(key: KeyHandle, form: Form, hash: HashFunction) {
        self.key = key
        self.form = form
        self.hash = hash
    }

    func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        guard signature.count == form.signatureByteCount else { return false }
        return isValid(signature: signature, ofDigest: hash.digest(of: message))
    }

    /// Whether the signature, in JOSE form, is the key's for the digest.
    func isValid(signature: Span<UInt8>, ofDigest digest: [UInt8]) -> Bool {
        guard signature.count == form.signatureByteCount, digest.count == hash.byteCount,
            var context = takeContext()
        else { return false }
        let isValid =
            switch form {
            case .ellipticCurve(let curve):
                context.isValid(fixed: signature, curve: curve, digest: digest)
            case .rsa:
                context.isValid(signature: signature, digest: digest)
            }
        putBack(context)
        return isValid
    }

    private func takeContext() -> VerificationContext? {
        if let kept = idle.withLock({ $0.take() }) { return kept }
        return VerificationContext(key: key, hash: hash, padding: form.padding)
    }

    private func putBack(_ context: consuming VerificationContext) {
        var returned: VerificationContext? = consume context
        idle.withLock { kept in
            if kept == nil { kept = returned.take() }
        }
    }
}
