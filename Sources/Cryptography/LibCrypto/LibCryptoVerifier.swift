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
        case rsa(Int)
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
        let digest = hash.digest(of: message)
        guard var context = takeContext() else { return false }
        let isValid =
            switch form {
            case .ellipticCurve(let curve):
                context.isValid(fixed: signature, curve: curve, digest: digest)
            case .rsa(let modulusByteCount):
                signature.count == modulusByteCount
                    && context.isValid(signature: signature, digest: digest)
            }
        putBack(context)
        return isValid
    }

    private func takeContext() -> VerificationContext? {
        if let kept = idle.withLock({ $0.take() }) { return kept }
        return VerificationContext(key: key, hash: hash)
    }

    private func putBack(_ context: consuming VerificationContext) {
        var returned: VerificationContext? = consume context
        idle.withLock { kept in
            if kept == nil { kept = returned.take() }
        }
    }
}
