import Cryptography
import Values

/// A webhook as Logto sends it.
package enum LogtoDelivery {
    /// The value of `logto-signature-sha-256`.
    package static func signature(of body: String, key: String) -> String {
        Hexadecimal.text(
            HMACSHA256.authenticate(Array(body.utf8), key: Array(key.utf8)))
    }
}
