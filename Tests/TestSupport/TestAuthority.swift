import System

/// An authority of the `openssl` command that issues certificates for one test.
package final class TestAuthority: Sendable {
    /// A certificate with its key, as files and as bytes.
    package struct Issued: Sendable {
        package let certificate: String
        package let key: String
        package let certificatePEM: [UInt8]
        package let keyPEM: [UInt8]
    }

    package static var isInstalled: Bool { OpenSSLServer.isInstalled }

    /// The authority's own certificate.
    package let own: Issued
    private let directory: TemporaryDirectory

    /// Makes an authority.
    package init(name: String = "Test Authority") async throws {
        directory = try TemporaryDirectory()
        own = try await Self.issue(
            "authority", subject: "/CN=\(name)", days: 30, in: directory, by: nil,
            extensions: ["basicConstraints=critical,CA:TRUE"])
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - file: names the files.
    ///   - names: alternative names as `openssl` writes them; none leaves the extension out.
    ///   - days: how long it is valid; negative for one that has expired.
    ///   - key: `ec`, or `rsa:2048` and so on.
    ///   - signedByItself: the authority has no part in it.
    package func issue(
        _ file: String, subject: String? = nil, names: [String] = ["DNS:localhost"],
        days: Int = 2, extensions: [String] = [], key: String = "ec",
        signedByItself: Bool = false
    ) async throws -> Issued {
        try await Self.issue(
            file, subject: subject ?? "/CN=\(file)", days: days, in: directory,
            by: signedByItself ? nil : own,
            extensions: extensions
                + (names.isEmpty ? [] : ["subjectAltName=\(names.joined(separator: ","))"]),
            key: key)
    }

    /// A path in the authority's directory.
    package func path(_ file: String) -> String { directory(file) }

    private static func issue(
        _ file: String, subject: String, days: Int, in directory: TemporaryDirectory,
        by issuer: Issued?, extensions: [String], key: String = "ec"
    ) async throws -> Issued {
        let paths = (
            key: directory("\(file).key"), request: directory("\(file).csr"),
            certificate: directory("\(file).crt")
        )
        let kind = key == "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : [key]
        try await run(
            ["req", "-newkey"] + kind
                + ["-nodes", "-keyout", paths.key, "-out", paths.request, "-subj", subject]
                + extensions.flatMap { ["-addext", $0] }, in: directory(""))
        let signer =
            issuer.map { ["-CA", $0.certificate, "-CAkey", $0.key, "-CAcreateserial"] }
            ?? ["-signkey", paths.key]
        try await run(
            [
                "x509", "-req", "-in", paths.request, "-out", paths.certificate, "-days",
                "\(days)", "-copy_extensions", "copyall",
            ] + signer, in: directory(""))
        return Issued(
            certificate: paths.certificate, key: paths.key,
            certificatePEM: try FileSystem.read(paths.certificate, maxBytes: 65_536),
            keyPEM: try FileSystem.read(paths.key, maxBytes: 65_536))
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ arguments: [String], in folder: String) async throws {
        let ending = try await ChildProcess.run(OpenSSLServer.command, arguments, in: folder)
        guard ending.code == 0 else { throw Failed(description: ending.messages) }
    }
}
