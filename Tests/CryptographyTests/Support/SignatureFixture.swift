import TestSupport
import Testing
import Values

/// The rows of a file of `Fixtures`: columns apart by a space; `#` begins a comment line.
enum SignatureFixture {
    static func rows(_ name: String) throws -> [[String]] {
        try SourceTree.text(of: "Tests/CryptographyTests/Fixtures/\(name)")
            .split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ").map(String.init) }
    }

    static func bytes(_ text: String) throws -> [UInt8] {
        try #require(Hexadecimal.bytes(text))
    }
}
