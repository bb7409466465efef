/// An operation that libcrypto could not carry out although its input was in order.
package enum CryptographyFailure: Error, Hashable, Sendable {
    /// No memory, or no provider for the algorithm.
    case unavailable
    /// The key cannot sign with the algorithm that was asked for.
    case algorithmNotOfKey
}
