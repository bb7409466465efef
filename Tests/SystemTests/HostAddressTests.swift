import System
import Testing

@Suite struct HostAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("::8", "::8"),
        ("2001:DB8::8:800:200c:417a", "2001:db8::8:800:200c:417a"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:c000:201"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func `an address is read and written in its short form`(text: String, short: String) throws {
        let address = try #require(HostAddress(text))
        #expect(address.description == short)
        #expect(HostAddress(short) == address)
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
        "1.2.3.+4", "1..2.3", "0x7f.0.0.1", "2130706433", ":", ":::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "1:", "12345::", "g::", "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::", "fe80::1%eth0", "[::1]", "localhost", "::1.2.3", "1:2:3:4:5:6:7:8::",
        "١.٢.٣.٤",
    ])
    func `what is no address is refused`(text: String) {
        #expect(HostAddress(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("128.0.0.1", false), ("::1", true),
        ("::2", false), ("::ffff:127.0.0.1", true), ("::ffff:10.0.0.1", false),
        ("0.0.0.0", false), ("::", false),
    ])
    func `this machine is told from others`(text: String, isLoopback: Bool) throws {
        #expect(try #require(HostAddress(text)).isLoopback == isLoopback)
    }
}
