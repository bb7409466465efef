/// The part of a public key that checks signatures. Everything above it is the same for every way
/// to compute the check, so that a faster one can stand beside the plain one.
///
/// A verifier is shared by all threads. It handles public data only and need not be constant-time.
package protocol SignatureVerifier: AnyObject, Sendable {
    /// Whether the signature, in JOSE form, is this key's for the message.
    ///
    /// JOSE form is `r ‖ s` for ECDSA (RFC 7518 § 3.4) and the modulus-sized number for RSA. A
    /// signature of another length is false, as is everything that goes wrong.
    func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool
}
