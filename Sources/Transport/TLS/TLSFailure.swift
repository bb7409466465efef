import CLibSSL

/// Why a certificate, a key or a connection under TLS is of no use, in words for a person.
package struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed set of reasons: log field and metric label.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        // What was configured.
        case certificateUnreadable = "tls-certificate-unreadable"
        case keyUnreadable = "tls-key-unreadable"
        case keyMismatch = "tls-key-mismatch"
        case authoritiesUnreadable = "tls-authorities-unreadable"
        case settings = "tls-settings"

        // The certificate of the peer.
        case nameMismatch = "tls-name-mismatch"
        case certificateExpired = "tls-certificate-expired"
        case certificateNotYetValid = "tls-certificate-not-yet-valid"
        case unknownAuthority = "tls-unknown-authority"
        case selfSigned = "tls-self-signed"
        case certificateRefused = "tls-certificate-refused"
        case certificateMissing = "tls-certificate-missing"

        // The handshake, and the records after it.
        case notTLS = "tls-not-tls"
        case noCommonVersion = "tls-no-common-version"
        case noCommonCipher = "tls-no-common-cipher"
        case noCommonProtocol = "tls-no-common-protocol"
        case refusedByPeer = "tls-refused-by-peer"
        case closedEarly = "tls-closed-early"
        case tooSlow = "tls-handshake-timeout"
        case tooMany = "tls-handshake-evicted"
        case protocolViolation = "tls-protocol"
        case outOfMemory = "tls-out-of-memory"
    }

    /// What it was.
    package let reason: Reason
    /// One sentence for a person.
    package let text: String

    package init(_ reason: Reason, _ text: String) {
        self.reason = reason
        self.text = text
    }

    /// Stable name: log field and metric label.
    package var code: String { reason.rawValue }

    package var description: String { text }
}

extension TLSFailure {
    /// There was no memory for something of libssl's.
    static var outOfMemory: TLSFailure {
        TLSFailure(.outOfMemory, "no memory is left for a TLS connection")
    }

    /// What the oldest error in libssl's queue of this thread says; the queue is empty afterwards.
    static func fromQueue() -> TLSFailure {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0 else {
            return TLSFailure(.protocolViolation, "the peer does not keep to TLS")
        }
        let said = unsafe ERR_reason_error_string(error).map { unsafe String(cString: $0) }
        let words = said ?? "error \(error)"
        guard gatehouse_ERR_is_from_ssl(error) != 0 else {
            return TLSFailure(.protocolViolation, "the peer does not keep to TLS: \(words)")
        }
        return TLSFailure(sslReason: gatehouse_ERR_reason(error), words)
    }

    /// What the first error in the queue says about something of ours; empties the queue.
    static func words() -> String {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0, let said = unsafe ERR_reason_error_string(error) else {
            return "no reason given"
        }
        return unsafe String(cString: said)
    }

    private init(sslReason number: Int32, _ words: String) {
        switch number {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            self.init(.notTLS, "the peer speaks clear HTTP where TLS is spoken")
        case SSL_R_WRONG_VERSION_NUMBER:
            self.init(.notTLS, "what the peer sent is no TLS")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_INAPPROPRIATE_FALLBACK:
            self.init(.noCommonVersion, "the peer speaks neither TLS 1.2 nor TLS 1.3")
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SHARED_GROUPS:
            self.init(
                .noCommonCipher, "the peer has no cipher, curve or signature in common with us")
        case SSL_R_NO_APPLICATION_PROTOCOL, Self.alertReasons + 120:
            self.init(.noCommonProtocol, "the peer speaks none of the protocols that are offered")
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            self.init(.certificateMissing, "the peer showed no certificate")
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            self.init(.certificateRefused, "the peer's certificate is refused")
        case Self.alertReasons..<Self.alertReasons + 256:
            self.init(.refusedByPeer, "the peer refused: \(words)")
        default:
            self.init(.protocolViolation, "the peer does not keep to TLS: \(words)")
        }
    }

    /// From here on a reason is an alert that the peer sent.
    private static var alertReasons: Int32 { 1000 }
}
