import CLibSSL
package import Values

/// What a listener shows its clients and asks of them under TLS. Never changes; loops share it.
///
/// `@unchecked Sendable`: libssl's contexts are complete after `init` and count references
/// atomically; the rest are constants.
@safe
package final class TLSServerContext: @unchecked Sendable {
    /// Whether clients show certificates, and whose are good.
    package enum Clients: Equatable, Sendable {
        /// They are not asked.
        case none
        /// They may; one that cannot be verified ends the handshake.
        case optional(authoritiesPEM: [UInt8])
        /// They must.
        case required(authoritiesPEM: [UInt8])

        var authorities: [UInt8]? {
            switch self {
            case .none: nil
            case .optional(let pem), .required(let pem): pem
            }
        }
    }

    /// A handle of libssl's.
    @safe
    private struct Context {
        let handle: OpaquePointer
    }

    let clients: Clients
    /// libssl's contexts, one for each identity; the first serves unknown names.
    private let contexts: [Context]
    private let exactNames: [String: Int]
    /// By what follows the `*`.
    private let wildcards: [String: Int]
    /// In order of preference.
    private let protocols: [[UInt8]]
    private let tickets = TLSTicketKeys.ofProcess
    private let identities: [TLSIdentity]

    /// - Parameters:
    ///   - identities: chosen by the name that a client asks for: an exact name before a wildcard,
    ///     the first identity where nothing matches.
    ///   - protocols: what is spoken above TLS, the preferred one first. A client that offers others
    ///     alone is refused; one that offers none speaks `http/1.1`.
    package init(
        identities: [TLSIdentity], clients: Clients = .none, protocols: [String] = ["http/1.1"]
    ) throws(TLSFailure) {
        guard !identities.isEmpty else {
            throw TLSFailure(.settings, "a TLS listener needs a certificate")
        }
        guard protocols.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
            throw TLSFailure(.settings, "a protocol's name has 1 to 255 bytes")
        }
        var exact: [String: Int] = [:]
        var wildcards: [String: Int] = [:]
        for (index, identity) in identities.enumerated() {
            for name in identity.names {
                if name.hasPrefix("*.") {
                    wildcards[String(name.dropFirst()), default: index] += 0
                } else {
                    exact[name, default: index] += 0
                }
            }
        }
        let authorities = clients.authorities.map { CertificateList(pem: $0) }
        var made: [Context] = []
        do throws(TLSFailure) {
            for identity in identities {
                guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
                    throw TLSFailure.outOfMemory
                }
                made.append(unsafe Context(handle: context))
                guard unsafe gatehouse_SSL_CTX_harden(context) == 1 else {
                    throw TLSFailure(.settings, "libssl has no TLS 1.2: \(TLSFailure.words())")
                }
                try unsafe identity.use(in: context)
                try unsafe Self.ask(clients, authorities, in: context)
                try unsafe Self.bindSessions(to: clients, in: context)
            }
        } catch {
            for context in made { unsafe SSL_CTX_free(context.handle) }
            throw error
        }
        contexts = made
        exactNames = exact
        self.wildcards = wildcards
        self.clients = clients
        self.identities = identities
        self.protocols = protocols.map { Array($0.utf8) }
        for context in contexts { unsafe setCallbacks(of: context.handle) }
    }

    deinit {
        for context in contexts { unsafe SSL_CTX_free(context.handle) }
    }

    /// A new connection's state in libssl; nil without memory.
    func makeSSL() -> OpaquePointer? {
        unsafe SSL_new(contexts[0].handle)
    }

    /// When the first of the certificates ends.
    package var firstNotAfter: UnixTime {
        identities.reduce(UnixTime(milliseconds: .max)) { min($0, $1.notAfter) }
    }

    private static func ask(
        _ clients: Clients, _ authorities: CertificateList?, in context: OpaquePointer
    ) throws(TLSFailure) {
        guard let authorities else { return }
        try unsafe authorities.trust(in: context)
        for authority in authorities.certificates {
            guard unsafe SSL_CTX_add_client_CA(context, authority.handle) == 1 else {
                throw .outOfMemory
            }
        }
        let needs: Int32 =
            if case .required = clients { SSL_VERIFY_FAIL_IF_NO_PEER_CERT } else { 0 }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | needs, TLSSession.verified)
    }

    /// SECURITY: a session carries the verification of its client's certificate. One that was made
    /// under other settings, or none, must not resume here; libssl compares this context.
    private static func bindSessions(
        to clients: Clients, in context: OpaquePointer
    ) throws(TLSFailure) {
        let kind: UInt8 =
            switch clients {
            case .none: 0
            case .optional: 1
            case .required: 2
            }
        let text = [kind] + (clients.authorities ?? [])
        var digest = [UInt8](repeating: 0, count: 32)
        let isBound =
            unsafe EVP_Digest(text, text.count, &digest, nil, EVP_sha256(), nil) == 1
            && SSL_CTX_set_session_id_context(context, digest, 32) == 1
        guard isBound else { throw .outOfMemory }
        unsafe gatehouse_SSL_CTX_no_session_cache(context)
    }
}

extension TLSServerContext {
    private func setCallbacks(of context: OpaquePointer) {
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe gatehouse_SSL_CTX_set_servername(context, Self.nameAsked, own)
        unsafe SSL_CTX_set_alpn_select_cb(context, Self.protocolsOffered, own)
        unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(context, Self.ticketKey)
    }

    /// The client said which name it wants, or none. Called by libssl on a loop.
    private static let nameAsked:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?
        ) -> Int32 = { ssl, _, own in
            guard let ssl = unsafe ssl, let own = unsafe own else { return SSL_TLSEXT_ERR_NOACK }
            let context = unsafe Unmanaged<TLSServerContext>.fromOpaque(own).takeUnretainedValue()
            guard
                let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
                    .map({ unsafe String(cString: $0) })
            else { return SSL_TLSEXT_ERR_NOACK }
            let index = context.index(for: name)
            guard index != 0 else { return SSL_TLSEXT_ERR_OK }
            return unsafe SSL_set_SSL_CTX(ssl, context.contexts[index].handle) == nil
                ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK
        }

    private func index(for name: String) -> Int {
        let name = name.lowercased()
        if let index = exactNames[name] { return index }
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        return wildcards[String(name[dot...])] ?? 0
    }

    /// The client said what it speaks above TLS. Called by libssl on a loop.
    private static let protocolsOffered:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
            UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, chosen, chosenCount, offered, offeredCount, own in
            guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount,
                let own = unsafe own
            else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            let context = unsafe Unmanaged<TLSServerContext>.fromOpaque(own).takeUnretainedValue()
            let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
            guard let found = unsafe context.choose(from: offers), let offered = unsafe offered
            else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            unsafe chosen.pointee = offered.advanced(by: found.lowerBound)
            unsafe chosenCount.pointee = UInt8(truncatingIfNeeded: found.count)
            return SSL_TLSEXT_ERR_OK
        }

    /// Where the preferred one of the offered protocols stands; each is a length and a name.
    private func choose(from offers: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for wanted in protocols {
            var index = 0
            while index < offers.count {
                let start = index + 1
                let end = start + Int(unsafe offers[index])
                guard end <= offers.count else { return nil }
                if unsafe offers[start..<end].elementsEqual(wanted) { return start..<end }
                index = end
            }
        }
        return nil
    }

    private static let ticketKey:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?,
            OpaquePointer?, OpaquePointer?, Int32
        ) -> Int32 = { ssl, name, iv, cipher, mac, seals in
            guard let ssl = unsafe ssl, let name = unsafe name, let iv = unsafe iv,
                let cipher = unsafe cipher, let mac = unsafe mac
            else { return -1 }
            return unsafe TLSTicketKeys.ofProcess.prepare(
                name: name, iv: iv, cipher: cipher, mac: mac, seals: seals != 0,
                isSingleUse: SSL_version(ssl) >= TLS1_3_VERSION)
        }
}
