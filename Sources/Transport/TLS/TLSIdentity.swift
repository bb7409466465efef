import CLibSSL
package import Values

/// A certificate with its chain, and the key that belongs to it.
///
/// `@unchecked Sendable`: the handles are never changed after `init`; libcrypto counts references
/// atomically.
@safe
package final class TLSIdentity: @unchecked Sendable {
    /// When the certificate begins to be valid.
    package let notBefore: UnixTime
    /// When it ends.
    package let notAfter: UnixTime
    /// The DNS names, in lower case, and addresses that it is for.
    package let names: [String]
    /// Whom it names, as RFC 2253 writes it.
    package let subject: String

    /// The certificate, then its chain; never empty.
    let certificates: CertificateList
    let key: OpaquePointer

    /// Reads a certificate (followed by its chain) and its key, both as PEM.
    ///
    /// - Throws: where one of them cannot be read, the key is encrypted, or they do not match.
    package init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TLSFailure) {
        let certificates = CertificateList(pem: certificatePEM)
        guard let own = certificates.certificates.first, !certificates.isBroken else {
            throw TLSFailure(
                .certificateUnreadable, "the certificate file holds no readable PEM certificate")
        }
        ERR_clear_error()
        guard let key = unsafe Self.key(keyPEM) else {
            throw TLSFailure(
                .keyUnreadable,
                "the key file holds no readable PEM key (keys with a password are not taken)")
        }
        guard unsafe X509_check_private_key(own.handle, key) == 1 else {
            ERR_clear_error()
            unsafe EVP_PKEY_free(key)
            throw TLSFailure(.keyMismatch, "the key does not belong to the certificate")
        }
        notBefore = own.notBefore
        notAfter = own.notAfter
        names = own.allNames
        subject = own.subject
        self.certificates = certificates
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Makes the identity that of a context.
    func use(in context: OpaquePointer) throws(TLSFailure) {
        ERR_clear_error()
        for (index, certificate) in certificates.certificates.enumerated() {
            let answer =
                index == 0
                ? unsafe SSL_CTX_use_certificate(context, certificate.handle)
                : unsafe gatehouse_SSL_CTX_add1_chain_cert(context, certificate.handle)
            guard answer == 1 else {
                throw TLSFailure(
                    .certificateUnreadable,
                    "the certificate of `\(subject)` is of no use: \(TLSFailure.words())")
            }
        }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw TLSFailure(
                .keyUnreadable, "the key of `\(subject)` is of no use: \(TLSFailure.words())")
        }
    }

    private static func key(_ pem: [UInt8]) -> OpaquePointer? {
        guard let count = Int32(exactly: pem.count) else { return nil }
        return unsafe pem.withUnsafeBytes { bytes in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, count) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe gatehouse_PEM_read_key(bio)
        }
    }
}

/// Certificates read from PEM, freed once.
///
/// `@unchecked Sendable`: as `TLSIdentity`.
@safe
final class CertificateList: @unchecked Sendable {
    let certificates: [Certificate]
    /// Something in the text looks like a certificate and is none.
    let isBroken: Bool

    init(pem: [UInt8]) {
        var found: [Certificate] = []
        var isBroken = pem.count > 16 * 1024 * 1024
        ERR_clear_error()
        unsafe pem.withUnsafeBytes { bytes in
            guard !isBroken, let count = Int32(exactly: bytes.count),
                let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, count)
            else { return }
            defer { unsafe BIO_free(bio) }
            while let certificate = unsafe gatehouse_PEM_read_certificate(bio) {
                found.append(unsafe Certificate(certificate))
            }
            // The end of the text is told as the absence of another beginning.
            let error = ERR_peek_last_error()
            isBroken =
                gatehouse_ERR_is_from_pem(error) == 0
                || gatehouse_ERR_reason(error) != PEM_R_NO_START_LINE
        }
        ERR_clear_error()
        certificates = found
        self.isBroken = isBroken
    }

    deinit {
        for certificate in certificates { unsafe X509_free(certificate.handle) }
    }

    /// Makes these the authorities that a context trusts.
    func trust(in context: OpaquePointer) throws(TLSFailure) {
        guard !certificates.isEmpty, !isBroken, let store = unsafe SSL_CTX_get_cert_store(context)
        else {
            throw TLSFailure(
                .authoritiesUnreadable, "the authorities' file holds no readable PEM certificate")
        }
        for certificate in certificates {
            ERR_clear_error()
            guard unsafe X509_STORE_add_cert(store, certificate.handle) == 1 else {
                throw .outOfMemory
            }
        }
        unsafe gatehouse_SSL_CTX_trust_partial_chains(context)
    }
}
