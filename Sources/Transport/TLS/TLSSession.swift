import CLibSSL
import System
import Values

/// One connection's TLS: records become bytes and bytes become records, in the loop's memory.
///
/// Lives with its stream, on the stream's loop. INVARIANT: no call of libssl is left while a handler
/// runs, and libssl's error queue is emptied before each call whose answer is looked up there.
@safe
final class TLSSession {
    enum Step {
        case needsMore, done
        case failed(TLSFailure)
    }

    /// What came out of the records that were given.
    struct Opened {
        var count = 0
        /// The peer said that nothing follows.
        var isEnd = false
        var failure: TLSFailure?
    }

    private let ssl: OpaquePointer
    private let records: TLSRecords
    // Both are kept alive as long as libssl may call back.
    private let server: TLSServerContext?
    private let target: TLSTarget?
    /// What the verification of the peer's certificate found.
    private var refusal: TLSFailure?
    private var knownFacts: TLSFacts?
    private var isBroken = false
    /// Bytes of records since the last one that carried anything for the handler.
    private var emptyBytes = 0
    /// The peer said that nothing follows.
    private(set) var hasSeenEnd = false
    /// We did.
    private(set) var hasSentEnd = false

    private init?(
        ssl: OpaquePointer?, records: TLSRecords, server: TLSServerContext?, target: TLSTarget?
    ) {
        guard let ssl = unsafe ssl else { return nil }
        guard unsafe records.serve(ssl) else {
            unsafe SSL_free(ssl)
            return nil
        }
        unsafe self.ssl = ssl
        self.records = records
        self.server = server
        self.target = target
        unsafe gatehouse_SSL_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The side of the server.
    convenience init?(server: TLSServerContext, records: TLSRecords) {
        unsafe self.init(ssl: server.makeSSL(), records: records, server: server, target: nil)
        unsafe SSL_set_accept_state(ssl)
    }

    /// The side of the client; nil without memory, or for a name that is none.
    convenience init?(target: TLSTarget, records: TLSRecords) {
        unsafe self.init(
            ssl: target.context.makeSSL(), records: records, server: nil, target: target)
        unsafe SSL_set_connect_state(ssl)
        guard expect(target.serverName) else { return nil }
        if !target.offered.isEmpty {
            // This function answers 0 when all is well.
            guard
                unsafe SSL_set_alpn_protos(
                    ssl, target.offered, UInt32(truncatingIfNeeded: target.offered.count)) == 0
            else { return nil }
        }
        unsafe target.sessions.resume(ssl)
    }

    deinit {
        // A session is good for resumption unless TLS itself went wrong; libssl would drop it for
        // want of a farewell, which many peers leave out.
        if !isBroken { unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        unsafe SSL_free(ssl)
    }

    /// SECURITY: without a name to compare with, any certificate of the authorities would do.
    private func expect(_ name: String) -> Bool {
        guard !name.isEmpty, !name.utf8.contains(0) else { return false }
        if HostAddress(name) != nil {
            return unsafe gatehouse_SSL_expect_address(ssl, name) == 1
        }
        return unsafe gatehouse_SSL_expect_host(ssl, name, name.utf8.count) == 1
            && gatehouse_SSL_set_tlsext_host_name(ssl, name) == 1
    }

    /// Whether the handshake resumed an earlier session.
    var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// What is known of the connection; for after the handshake.
    var facts: TLSFacts {
        if let knownFacts { return knownFacts }
        let facts = makeFacts()
        knownFacts = facts
        return facts
    }
}

extension TLSSession {
    /// Goes on with the handshake, with what the loop's records hold.
    func shakeHands() -> Step {
        ERR_clear_error()
        let answer = unsafe SSL_do_handshake(ssl)
        if answer == 1 {
            if let failure = refusalOfResumedClient() { return .failed(failure) }
            keepUsedSession()
            return .done
        }
        switch unsafe SSL_get_error(ssl, answer) {
        case SSL_ERROR_WANT_READ: return .needsMore
        default:
            isBroken = true
            let failure = TLSFailure.fromQueue()
            return .failed(refusal ?? failure)
        }
    }

    /// Opens the records that the loop holds; all of them, as far as the room goes.
    func open(into room: UnsafeMutableRawBufferPointer) -> Opened {
        var opened = Opened()
        let given = records.left
        while opened.count < room.count {
            // Without this, each short read would cost a second that finds nothing.
            guard unsafe records.left > 0 || SSL_has_pending(ssl) == 1 else { break }
            ERR_clear_error()
            var count = 0
            let answer = unsafe SSL_read_ex(
                ssl, room.baseAddress?.advanced(by: opened.count), room.count - opened.count,
                &count)
            if answer == 1 {
                opened.count += count
                continue
            }
            let error = unsafe SSL_get_error(ssl, answer)
            if error == SSL_ERROR_WANT_READ { break }
            if error == SSL_ERROR_ZERO_RETURN {
                hasSeenEnd = true
                opened.isEnd = true
                break
            }
            isBroken = true
            opened.failure = refusal ?? .fromQueue()
            break
        }
        emptyBytes = opened.count > 0 ? 0 : emptyBytes + given
        if emptyBytes > 65_536, opened.failure == nil {
            // SECURITY: key updates and empty records cost us more than their sender.
            isBroken = true
            opened.failure = TLSFailure(
                .protocolViolation, "the peer sends records that carry nothing")
        }
        return opened
    }

    /// Makes records of bytes, in the loop's memory. Nil when all went well.
    func seal(_ bytes: UnsafeRawBufferPointer) -> TLSFailure? {
        guard unsafe !bytes.isEmpty else { return nil }
        ERR_clear_error()
        var count = 0
        guard unsafe SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count) == 1 else {
            isBroken = true
            return .fromQueue()
        }
        return nil
    }

    /// Tells the peer that nothing follows.
    func sealEnd() {
        guard !hasSentEnd, !isBroken else { return }
        hasSentEnd = true
        ERR_clear_error()
        _ = unsafe SSL_shutdown(ssl)
    }

    /// A session of TLS 1.2 may be used again; a ticket of TLS 1.3 may not, and the server sends new.
    private func keepUsedSession() {
        guard let target, isResumed, unsafe SSL_version(ssl) == TLS1_2_VERSION,
            let used = unsafe SSL_get_session(ssl), let copy = unsafe SSL_SESSION_dup(used)
        else { return }
        unsafe target.sessions.add(copy)
    }

    /// SECURITY: a resumed session brings its client's certificate along without a verification;
    /// one that has expired since must not go on being good.
    private func refusalOfResumedClient() -> TLSFailure? {
        guard let server, unsafe SSL_session_reused(ssl) == 1 else { return nil }
        guard let certificate = unsafe SSL_get0_peer_certificate(ssl) else {
            guard case .required = server.clients else { return nil }
            return TLSFailure(.certificateMissing, "the resumed session has no certificate")
        }
        guard unsafe X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 else {
            return TLSFailure(.certificateExpired, "the resumed session's certificate has expired")
        }
        return nil
    }

    private func makeFacts() -> TLSFacts {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        let agreed = unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
        var client: Certificate?
        // SECURITY: without a verification there is no certificate to speak of.
        if server != nil, unsafe SSL_get_verify_result(ssl) == Int(X509_V_OK),
            let certificate = unsafe SSL_get0_peer_certificate(ssl)
        {
            unsafe client = Certificate(certificate)
        }
        return TLSFacts(
            version: unsafe String(cString: SSL_get_version(ssl)),
            protocol: agreed.isEmpty ? "http/1.1" : agreed,
            serverName: unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
                .map { unsafe String(cString: $0) },
            clientSubject: client?.subject, clientDNSNames: client?.dnsNames ?? [],
            isResumed: isResumed)
    }
}

extension TLSSession {
    private static func of(_ ssl: OpaquePointer) -> TLSSession? {
        guard let data = unsafe gatehouse_SSL_get_app_data(ssl) else { return nil }
        return unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    /// libssl looked at a certificate of the peer's chain. The verdict stays; only its words are
    /// kept, while the certificate is at hand.
    static let verified: @convention(c) (Int32, OpaquePointer?) -> Int32 = { isGood, store in
        guard isGood == 0, let store = unsafe store else { return isGood }
        guard let ssl = unsafe gatehouse_X509_STORE_CTX_get_ssl(store),
            let session = unsafe TLSSession.of(ssl)
        else { return 0 }
        session.refusal = unsafe TLSFailure(
            verification: X509_STORE_CTX_get_error(store),
            of: X509_STORE_CTX_get_current_cert(store).map { unsafe Certificate($0) },
            expected: session.target?.serverName)
        return 0
    }

    /// A server gave us a session. 1 says that it is ours now.
    static let sessionMade: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = {
        ssl, made in
        guard let ssl = unsafe ssl, let made = unsafe made,
            let target = unsafe TLSSession.of(ssl)?.target
        else { return 0 }
        unsafe target.sessions.add(made)
        return 1
    }
}

extension TLSFailure {
    /// What libcrypto's verdict on a certificate means.
    fileprivate init(verification error: Int32, of certificate: Certificate?, expected: String?) {
        let subject = certificate.map { String($0.subject.prefix(200)) } ?? ""
        let name = subject.isEmpty ? "the peer's certificate" : "the certificate of `\(subject)`"
        switch error {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let names = (certificate?.allNames ?? []).prefix(8).map { "`\($0)`" }
                .joined(separator: ", ")
            self.init(
                .nameMismatch,
                "\(name) is for \(names.isEmpty ? "no host" : names), not for `\(expected ?? "")`")
        case X509_V_ERR_CERT_HAS_EXPIRED:
            let end = certificate.map { " on \($0.notAfter.rfc3339)" } ?? ""
            self.init(.certificateExpired, "\(name) expired\(end)")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            let start = certificate.map { " before \($0.notBefore.rfc3339)" } ?? " yet"
            self.init(.certificateNotYetValid, "\(name) is not valid\(start)")
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            self.init(
                .selfSigned,
                "\(name) is signed by itself, and is not among the trusted authorities")
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            self.init(
                .unknownAuthority,
                "\(name) leads to no trusted authority; its chain may be incomplete")
        default:
            let words = unsafe String(cString: X509_verify_cert_error_string(Int(error)))
            self.init(.certificateRefused, "\(name) is refused: \(words)")
        }
    }
}
