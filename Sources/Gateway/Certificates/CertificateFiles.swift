import System
import Transport

/// Why certificates cannot be used: where and what.
struct CertificateProblem: Error, Equatable, Sendable, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): \(reason)" }
}

/// Reads certificates, keys and authorities from their files.
enum CertificateFiles {
    /// More than any chain or list of authorities needs.
    static let maxBytes = 4 << 20

    /// A file of PEM text.
    static func bytes(_ path: String) throws(CertificateProblem) -> [UInt8] {
        do {
            return try FileSystem.read(path, maxBytes: maxBytes)
        } catch {
            throw CertificateProblem(path: path, reason: "cannot be read: \(error)")
        }
    }

    /// A certificate and its key, as they were read.
    ///
    /// - Parameter path: where the certificate stands, for messages.
    static func identity(
        certificate: [UInt8], key: [UInt8], path: String
    ) throws(CertificateProblem) -> TLSIdentity {
        do {
            return try TLSIdentity(certificatePEM: certificate, keyPEM: key)
        } catch {
            throw CertificateProblem(path: path, reason: "\(error)")
        }
    }

    /// Whether others than the owner and the group may use the file.
    static func isExposed(_ path: String) -> Bool {
        (FileSystem.facts(path)?.mode ?? 0) & 0o007 != 0
    }
}
