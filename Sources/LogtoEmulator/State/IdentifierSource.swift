import Values

/// Makes the ids, secrets and opaque tokens that Logto makes up.
struct IdentifierSource: Sendable {
    /// Gives that many random bytes.
    let random: @Sendable (Int) -> [UInt8]

    /// Twelve characters: users and organizations.
    func short() -> String { text(12, from: Self.lowercase) }

    /// Twenty-one characters: everything else.
    func long() -> String { text(21, from: Self.lowercase) }

    /// Thirty-two characters: the secret of an application.
    func secret() -> String { text(32, from: Self.alphanumeric) }

    /// Forty-three characters: opaque tokens, refresh tokens, `jti`.
    func opaque() -> String { text(43, from: Self.urlSafe) }

    /// Sixteen characters: the id of a request.
    func requestID() -> String { text(16, from: Self.urlSafe) }

    private static let lowercase = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    private static let alphanumeric =
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let urlSafe = alphanumeric + Array("-_".utf8)

    /// Bytes that would favour the front of the alphabet are thrown away.
    private func text(_ length: Int, from alphabet: [UInt8]) -> String {
        let limit = 256 / alphabet.count * alphabet.count
        var letters: [UInt8] = []
        while letters.count < length {
            for byte in random(length * 2) where Int(byte) < limit && letters.count < length {
                letters.append(alphabet[Int(byte) % alphabet.count])
            }
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
