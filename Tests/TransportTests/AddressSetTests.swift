import System
import Testing
import Transport

@Suite struct AddressSetTests {
    private func set(_ ranges: String...) throws -> AddressSet {
        AddressSet(try ranges.map { try #require(AddressRange($0), "\($0)") })
    }

    private func address(_ host: String) throws -> SocketAddress {
        SocketAddress(try #require(HostAddress(host), "\(host)"), port: 4711)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("127.0.0.1", "127.0.0.1/32"),
        ("::1", "::1/128"), ("::/0", "::/0"), ("fd00::/8", "fd00::/8"),
        ("2001:db8::8/125", "2001:db8::8/125"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:127.0.0.1", "127.0.0.1/32"),
    ])
    func `a range has an address and a number of bits`(_ text: String, _ form: String) {
        #expect(AddressRange(text)?.description == form)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
        "10.0.0.0/8/8", "10.0.0.0/ 8", " 10.0.0.0/8", "10.0.0.0/8 ", "10.0.0.1/8", "10.0.0/8",
        "010.0.0.0/8", "10.0.0.0:80", "::/129", "::1/127", "fd00::1/8", "[::1]", "localhost",
        "::1%lo", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999", "*", "unix:/a",
        "::ffff:10.0.0.1/104",
    ])
    func `anything else is no range, nor is one whose other bits are set`(_ text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test func `a set holds its ranges, to their borders`() throws {
        let set = try set("10.0.0.0/8", "192.168.1.128/25", "172.16.0.1", "fd00::/8", "::1")
        for host in [
            "10.0.0.0", "10.255.255.255", "192.168.1.128", "192.168.1.255", "172.16.0.1",
            "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1",
        ] {
            #expect(set.contains(try address(host)), "\(host)")
        }
        for host in [
            "9.255.255.255", "11.0.0.0", "192.168.1.127", "192.168.2.0", "172.16.0.0",
            "172.16.0.2", "fc00::", "fe00::", "::", "::2", "0.0.0.0", "255.255.255.255",
        ] {
            #expect(!set.contains(try address(host)), "\(host)")
        }
    }

    @Test func `an IPv4 address in its IPv6 form counts as the IPv4 address`() throws {
        let plain = try set("10.0.0.0/8")
        #expect(plain.contains(try address("::ffff:10.1.2.3")))
        #expect(!plain.contains(try address("::ffff:11.1.2.3")))
        #expect(!plain.contains(try address("::10.1.2.3")))
        let mapped = try set("::ffff:10.0.0.0/104")
        #expect(mapped.contains(try address("10.1.2.3")))
        // Who trusts all of IPv6 has said nothing about IPv4.
        #expect(!(try set("::/0")).contains(try address("::ffff:10.1.2.3")))
        #expect(!(try set("::/0")).contains(try address("10.1.2.3")))
        #expect(!(try set("0.0.0.0/0")).contains(try address("::1")))
    }

    @Test func `a socket in the file system is in no set`() throws {
        #expect(!(try set("0.0.0.0/0", "::/0")).contains(.unix("/run/a")))
        #expect(!(try set("0.0.0.0/0", "::/0")).contains(.unix("")))
    }

    @Test func `the empty set holds nothing`() throws {
        let some = try set("::1")
        #expect(AddressSet.empty.isEmpty && !some.isEmpty)
        #expect(!AddressSet.empty.contains(.loopback(port: 1)))
    }

    @Test func `overlapping and touching ranges are one`() throws {
        let set = try set("10.0.0.0/9", "10.128.0.0/9", "10.5.0.0/16", "0.0.0.0/0", "::/0", "::/1")
        for host in ["0.0.0.0", "10.5.1.1", "255.255.255.255", "::", "ffff::"] {
            #expect(set.contains(try address(host)), "\(host)")
        }
    }

    @Test func `the search agrees with looking at every range`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        for _ in 0..<50 {
            let texts = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                let bits = UInt32.random(in: 20...32, using: &generator)
                let number = UInt32.random(in: 0..<1 << 14, using: &generator)
                let mask = UInt32.max << (32 - bits)
                return "\(HostAddress.ipv4(number & mask))/\(bits)"
            }
            let ranges = try texts.map { try #require(AddressRange($0)) }
            let set = AddressSet(ranges)
            let singles = ranges.map { AddressSet([$0]) }
            for _ in 0..<200 {
                let number = UInt32.random(in: 0..<1 << 14, using: &generator)
                let address = SocketAddress.ipv4(number, port: 1)
                let isInOne = singles.contains { $0.contains(address) }
                #expect(set.contains(address) == isInOne, "seed \(seed)")
            }
        }
    }
}
