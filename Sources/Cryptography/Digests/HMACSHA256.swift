/// Message authentication with SHA-256 (RFC 2104): webhook signatures, never tokens.
package enum HMACSHA256 {
    private static let blockByteCount = 64

    /// The 32-byte code of the message under the key.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockByteCount ? SHA256.hash(key) : key
        block += [UInt8](repeating: 0, count: blockByteCount - block.count)
        let inner = SHA256.hash(block.map { $0 ^ 0x36 } + message)
        return SHA256.hash(block.map { $0 ^ 0x5C } + inner)
    }

    /// Whether the code is that of the message, compared in constant time.
    package static func isValid(_ code: [UInt8], for message: [UInt8], key: [UInt8]) -> Bool {
        ConstantTime.areEqual(code, authenticate(message, key: key))
    }
}
