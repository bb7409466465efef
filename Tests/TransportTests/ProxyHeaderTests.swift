import Testing
import Values

@testable import Transport

/// The headers of the PROXY protocol, byte by byte.
@Suite struct ProxyHeaderTests {
    private static func parse(_ bytes: [UInt8]) -> ProxyHeader { ProxyHeader.parse(bytes.span) }
    private static func parse(_ text: String) -> ProxyHeader { parse(Array(text.utf8)) }

    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    /// A header of version 2.
    static func binary(
        _ command: UInt8, _ family: UInt8, _ block: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let count = length ?? block.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + block
    }

    static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0x1F, 0x90, 0x01, 0xBB]
    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        + [UInt8](repeating: 0, count: 15) + [2, 0x1F, 0x90, 0x01, 0xBB]

    static let good: [([UInt8], SocketAddress?)] = [
        (
            Array("PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n".utf8),
            SocketAddress("192.0.2.1:8080")
        ),
        (
            Array("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n".utf8),
            SocketAddress("255.255.255.255:65535")
        ),
        (
            Array("PROXY TCP6 2001:db8::1 2001:db8::2 8080 443\r\n".utf8),
            SocketAddress("[2001:db8::1]:8080")
        ),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n".utf8), nil),
        (binary(0x21, 0x11, ipv4), SocketAddress("192.0.2.1:8080")),
        (binary(0x21, 0x21, ipv6), SocketAddress("[2001:db8::1]:8080")),
        (
            binary(0x21, 0x11, ipv4 + [0x04, 0, 3, 1, 2, 3, 0x05, 0, 0]),
            SocketAddress("192.0.2.1:8080")
        ),
        (binary(0x20, 0x00, []), nil),
        (binary(0x20, 0x11, ipv4), nil),
        // Of a connection of the balancer's own everything else is to be ignored.
        (binary(0x20, 0x11, []), nil),
        (binary(0x20, 0x77, [1, 2, 3]), nil),
        (binary(0x21, 0x00, [1, 2, 3]), nil),
        (binary(0x21, 0x00, []), nil),
        (
            binary(0x21, 0x31, Array("/run/a".utf8) + [UInt8](repeating: 0, count: 210)),
            .unix("/run/a")
        ),
    ]

    @Test(arguments: good.indices)
    func `a header is read, however it is split, and what follows is left alone`(index: Int) {
        let (bytes, source) = Self.good[index]
        let all = bytes + Array("GET / HTTP/1.1\r\nPROXY TCP4".utf8)
        #expect(Self.parse(all) == .complete(source: source, length: bytes.count))
        for end in 0..<bytes.count {
            #expect(Self.parse(Array(bytes[..<end])) == .incomplete, "\(end) bytes")
        }
        for end in bytes.count...all.count {
            #expect(
                Self.parse(Array(all[..<end])) == .complete(source: source, length: bytes.count))
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "PROXY  TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1  198.51.100.2 1 2\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 +2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.2 1 2\r\n", "PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 2001:db8::2 1 2\r\n", "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n", "PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY UNKNOWNX\r\n", "PROXY \r\n", "PROXY\r\n", "\r\n\r\n\r\n", "PROXY TCP4\r\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r \n", "PROXY UNKNOWN a\nb\r\n",
        "PROXY TCP4 192.0.2.1\t198.51.100.2 1 2\r\n", "PROXY TCP4 192.0.2.١ 198.51.100.2 1 2\r\n",
    ])
    func `a line that is spelled otherwise is refused`(text: String) {
        #expect(Self.parse(text) == .malformed)
    }

    @Test func `a line of 107 bytes is read, a longer one refused before it ends`() {
        let line = "PROXY UNKNOWN " + String(repeating: "x", count: 91)
        #expect(line.utf8.count == 105)
        #expect(Self.parse(line + "\r\n") == .complete(source: nil, length: 107))
        #expect(Self.parse(line + "x\r\n") == .malformed)
        #expect(Self.parse(line) == .incomplete)
        #expect(Self.parse(line + "x") == .malformed)
    }

    static let bad: [[UInt8]] = [
        binary(0x22, 0x11, ipv4), binary(0x11, 0x11, ipv4), binary(0x31, 0x11, ipv4),
        binary(0x21, 0x12, ipv4), binary(0x21, 0x41, ipv4), binary(0x21, 0x10, ipv4),
        binary(0x21, 0x11, Array(ipv4.dropLast())), binary(0x21, 0x21, ipv4),
        binary(0x21, 0x31, ipv4), binary(0x20, 0x00, [], length: 4097),
        // Extensions that are cut off, or that reach over the end.
        binary(0x21, 0x11, ipv4 + [4]), binary(0x21, 0x11, ipv4 + [4, 0]),
        binary(0x21, 0x11, ipv4 + [4, 0, 1]),
        binary(0x21, 0x11, ipv4 + [4, 0xFF, 0xFF, 1]), binary(0x21, 0x11, ipv4 + [4, 0, 0, 0]),
        binary(0x21, 0x11, ipv4, length: 4097), binary(0x21, 0x11, ipv4, length: 65_535),
    ]

    @Test(arguments: bad.indices)
    func `a binary header that does not add up is refused`(index: Int) {
        #expect(Self.parse(Self.bad[index]) == .malformed)
    }

    @Test func `a binary header may be as long as the limit`() {
        let filler = [0x04, 0x0F, 0xF1] + [UInt8](repeating: 7, count: 4096 - 12 - 3)
        #expect(filler.count == 4084)
        let bytes = Self.binary(0x21, 0x11, Self.ipv4 + filler)
        #expect(
            Self.parse(bytes)
                == .complete(source: SocketAddress("192.0.2.1:8080"), length: 16 + 4096))
    }

    @Test func `what is said of some bytes is said of those and any that follow`() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &random)
        var generator = SplitMix(seed: seed)
        for _ in 0..<20_000 {
            var bytes = Self.good[Int.random(in: Self.good.indices, using: &generator)].0
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
            }
            bytes += [UInt8](repeating: 0x0A, count: Int.random(in: 0...4, using: &generator))
            let whole = Self.parse(bytes)
            let part = Self.parse(
                Array(bytes[..<Int.random(in: 0...bytes.count, using: &generator)]))
            #expect(part == .incomplete || part == whole, "seed \(seed): \(bytes)")
        }
    }
}
