/// A key set in a file, in place of an issuer that cannot be reached: a JWK set, as the issuer
/// serves it at its `jwks_uri`.
///
/// SECURITY: the file must be what it seems. Links are refused, so is a file that others may write,
/// and one that does not begin with the set itself: readers that tell keys by their first bytes
/// were led astray by white space before them, and took a public key for a secret (JWT-06).
struct PinnedKeyFile: Sendable {
    let path: String
    let maxBytes: Int

    /// The bytes of the file, looked at but not yet parsed.
    func bytes() async throws(KeyFetchFailure) -> [UInt8] {
        let read: Result<[UInt8]?, GuardedFile.Distrust>? = await BlockingWork.run("key-file") {
            [path, maxBytes] in
            do throws(GuardedFile.Distrust) {
                return .success(
                    try GuardedFile.read(
                        path, maxBytes: maxBytes, forbidden: GuardedFile.othersWrite,
                        mustBeOurs: false))
            } catch {
                return .failure(error)
            }
        }
        guard let read else { throw refused("the process may not have another thread", nil) }
        let bytes: [UInt8]?
        do throws(GuardedFile.Distrust) {
            bytes = try read.get()
        } catch {
            throw refused(error.reason, error.remedy)
        }
        guard let bytes else {
            throw refused("it does not exist", "put the issuer's key set there")
        }
        try check(bytes)
        return bytes
    }

    /// What the file is not, by how it begins.
    private func check(_ bytes: [UInt8]) throws(KeyFetchFailure) {
        let set = "it must be a key set, {\"keys\": [...]}, as the issuer serves it"
        switch bytes.first {
        case UInt8(ascii: "{"): return
        case nil: throw refused("it is empty", set)
        case 0x09, 0x0A, 0x0D, 0x20:
            throw refused("it begins with white space", "remove what stands before the first {")
        case 0xEF, 0xFE, 0xFF:
            throw refused("it begins with a byte-order mark", "save it as UTF-8 without one")
        case UInt8(ascii: "-"): throw refused("it is PEM", set)
        default: throw refused("it does not begin with {", set)
        }
    }

    private func refused(_ reason: String, _ remedy: String?) -> KeyFetchFailure {
        KeyFetchFailure(.file, "\(path): \(reason)" + (remedy.map { "; \($0)" } ?? ""))
    }
}
