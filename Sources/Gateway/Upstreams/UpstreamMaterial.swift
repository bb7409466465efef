import Transport

/// What TLS to an upstream needs from files, as it was read.
struct UpstreamMaterial: Equatable {
    private let authorities: [UInt8]?
    private let certificate: [UInt8]?
    private let key: [UInt8]?
    private let files: UpstreamTLSConfiguration

    /// Reads the files; all of them before any is looked at.
    init(_ files: UpstreamTLSConfiguration) throws(CertificateProblem) {
        self.files = files
        authorities = try Self.read(files.authorities)
        certificate = try Self.read(files.identity?.certificate)
        key = try Self.read(files.identity?.key)
    }

    private static func read(_ path: String?) throws(CertificateProblem) -> [UInt8]? {
        guard let path else { return nil }
        return try CertificateFiles.bytes(path)
    }

    /// The target of connections.
    func target() throws(CertificateProblem) -> TLSTarget {
        var identity: TLSIdentity?
        if let certificate, let key {
            identity = try CertificateFiles.identity(
                certificate: certificate, key: key, path: files.identity?.certificate ?? "")
        }
        do {
            return TLSTarget(
                context: try TLSClientContext(authoritiesPEM: authorities, identity: identity),
                serverName: files.serverName)
        } catch {
            throw CertificateProblem(
                path: files.authorities ?? "the system's authorities", reason: "\(error)")
        }
    }

    /// The files that it is read from.
    static func paths(of files: UpstreamTLSConfiguration?) -> [String] {
        [files?.authorities, files?.identity?.certificate, files?.identity?.key].compactMap(\.self)
    }
}
