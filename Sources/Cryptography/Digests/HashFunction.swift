/// The digests of SHA-2 (FIPS 180-4) that tokens use.
enum HashFunction: Sendable {
    case sha256
    case sha384
    case sha512

    /// Bytes of a digest.
    var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The digest of the bytes.
    func digest(of bytes: Span<UInt8>) -> [UInt8] {
        switch self {
        case .sha256: SHA256.hash(bytes)
        case .sha384: SHA384.hash(bytes)
        case .sha512: SHA512.hash(bytes)
        }
    }
}
