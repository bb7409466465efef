import Transport
import Values

/// The certificates of one listener as they were read, and what libssl makes of them.
struct ListenerCertificates {
    /// A certificate and where it was read.
    struct Identity: Equatable {
        let path: String
        let keyPath: String
        let notBefore: UnixTime
        let notAfter: UnixTime
    }

    let context: TLSServerContext
    let identities: [Identity]
    /// The bytes of all files, in order.
    private let contents: [[UInt8]]

    /// Reads the files.
    init(_ configured: ListenerTLSConfiguration) throws(CertificateProblem) {
        try self.init(configured, contents: Self.read(configured))
    }

    /// Reads the files; nil where they say the same as before.
    init?(
        _ configured: ListenerTLSConfiguration, ifOtherThan before: ListenerCertificates
    ) throws(CertificateProblem) {
        let contents = try Self.read(configured)
        guard contents != before.contents else { return nil }
        try self.init(configured, contents: contents)
    }

    private init(
        _ configured: ListenerTLSConfiguration, contents: [[UInt8]]
    ) throws(CertificateProblem) {
        self.contents = contents
        var made: [TLSIdentity] = []
        var identities: [Identity] = []
        for (index, files) in configured.identities.enumerated() {
            let identity = try CertificateFiles.identity(
                certificate: contents[2 * index], key: contents[2 * index + 1],
                path: files.certificate)
            made.append(identity)
            identities.append(
                Identity(
                    path: files.certificate, keyPath: files.key, notBefore: identity.notBefore,
                    notAfter: identity.notAfter))
        }
        self.identities = identities
        var clients = TLSServerContext.Clients.none
        if let asked = configured.clients, let authorities = contents.last {
            clients =
                asked.isRequired
                ? .required(authoritiesPEM: authorities) : .optional(authoritiesPEM: authorities)
        }
        do {
            context = try TLSServerContext(identities: made, clients: clients)
        } catch {
            throw CertificateProblem(
                path: configured.clients?.authorities ?? configured.identities.first?.certificate
                    ?? "", reason: "\(error)")
        }
    }

    /// A certificate that has expired replaces none that has not.
    func refuseExpired(
        at now: UnixTime, after before: ListenerCertificates
    ) throws(CertificateProblem) {
        for identity in identities where identity.notAfter <= now {
            let old = before.identities.first { $0.path == identity.path }
            guard let old, old.notAfter > now else { continue }
            throw CertificateProblem(
                path: identity.path,
                reason: "it has expired (\(identity.notAfter.rfc3339)); the one before has not")
        }
    }

    /// The files of a listener: certificate and key of each identity, then the authorities.
    static func paths(of configured: ListenerTLSConfiguration) -> [String] {
        configured.identities.flatMap { [$0.certificate, $0.key] }
            + (configured.clients.map { [$0.authorities] } ?? [])
    }

    /// All files are read before any is looked at: a pair that is being replaced is used whole or not
    /// at all.
    private static func read(
        _ configured: ListenerTLSConfiguration
    ) throws(CertificateProblem) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        for path in paths(of: configured) { contents.append(try CertificateFiles.bytes(path)) }
        return contents
    }
}
