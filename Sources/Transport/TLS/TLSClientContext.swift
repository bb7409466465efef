import CLibSSL
import Synchronization

/// How servers are verified, and what we show them. Never changes; loops share it.
///
/// Verification is always on. `@unchecked Sendable`: as `TLSServerContext`.
@safe
package final class TLSClientContext: @unchecked Sendable {
    private let context: OpaquePointer
    private let identity: TLSIdentity?

    /// - Parameters:
    ///   - authoritiesPEM: whose certificates are good, and nobody else's; nil for the system's.
    ///   - identity: our own certificate, for servers that ask for it.
    package init(
        authoritiesPEM: [UInt8]? = nil, identity: TLSIdentity? = nil
    ) throws(TLSFailure) {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw TLSFailure.outOfMemory
        }
        do throws(TLSFailure) {
            guard unsafe gatehouse_SSL_CTX_harden(context) == 1 else {
                throw TLSFailure(.settings, "libssl has no TLS 1.2: \(TLSFailure.words())")
            }
            if let authoritiesPEM {
                try unsafe CertificateList(pem: authoritiesPEM).trust(in: context)
            } else if unsafe SSL_CTX_set_default_verify_paths(context) != 1 {
                throw TLSFailure(
                    .authoritiesUnreadable,
                    "the system's authorities cannot be read: \(TLSFailure.words())")
            }
            try unsafe identity?.use(in: context)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, TLSSession.verified)
        unsafe gatehouse_SSL_CTX_client_sessions(context)
        unsafe SSL_CTX_sess_set_new_cb(context, TLSSession.sessionMade)
        unsafe self.context = context
        self.identity = identity
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// A new connection's state in libssl; nil without memory.
    func makeSSL() -> OpaquePointer? {
        unsafe SSL_new(context)
    }
}

/// A server under TLS: by whose rules it is verified, which name its certificate must have, and the
/// sessions that it gave us. Equal only to itself.
package final class TLSTarget: Sendable, Equatable {
    /// How it is verified.
    package let context: TLSClientContext
    /// The name, or address, that its certificate must be for. A name is also told to the server.
    package let serverName: String
    /// What we speak, as ALPN lists it.
    let offered: [UInt8]
    let sessions = TLSSessionCache()

    /// - Parameter protocols: what we speak above TLS, the preferred one first; empty names are left
    ///   out.
    package init(
        context: TLSClientContext, serverName: String, protocols: [String] = ["http/1.1"]
    ) {
        self.context = context
        self.serverName = serverName
        offered = protocols.filter { (1...255).contains($0.utf8.count) }
            .flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
    }

    package static func == (left: TLSTarget, right: TLSTarget) -> Bool { left === right }
}

/// The sessions that a server gave us, each used once: the newest first, and none older than an hour.
final class TLSSessionCache: Sendable {
    /// A session of libssl, freed once. `@unchecked Sendable`: whoever took it is its only user.
    @safe
    private final class Session: @unchecked Sendable {
        let handle: OpaquePointer
        init(_ handle: OpaquePointer) { unsafe self.handle = handle }
        deinit { unsafe SSL_SESSION_free(handle) }
    }

    private static var capacity: Int { 32 }
    private let sessions = Mutex<[Session]>([])

    /// How many wait.
    var count: Int { sessions.withLock { $0.count } }

    /// Keeps a session that libssl gave away.
    func add(_ handle: OpaquePointer) {
        if unsafe SSL_SESSION_get_timeout(handle) > 3600 {
            unsafe SSL_SESSION_set_timeout(handle, 3600)
        }
        let session = unsafe Session(handle)
        sessions.withLock { sessions in
            if sessions.count >= Self.capacity { sessions.removeFirst() }
            sessions.append(session)
        }
    }

    /// Lets a new connection resume the newest session, if there is one.
    func resume(_ ssl: OpaquePointer) {
        guard let session = sessions.withLock({ $0.popLast() }) else { return }
        if unsafe SSL_SESSION_is_resumable(session.handle) == 1 {
            _ = unsafe SSL_set_session(ssl, session.handle)
        }
    }
}
