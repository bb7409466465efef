import Testing
import Values

@Suite struct ExchangeIDTests {
    @Test func `a name is 24 hexadecimal digits, seed before number`() {
        #expect(ExchangeID(seed: 0, number: 0).text == "000000000000000000000000")
        #expect(ExchangeID(seed: 1, number: 2).text == "000000010000000000000002")
        let full = ExchangeID(seed: 0xFEDC_BA98, number: 0x7654_3210_0123_4567)
        #expect(full.text == "fedcba987654321001234567")
    }

    @Test func `its digits go behind what is there`() {
        var bytes = Array("Id: ".utf8)
        ExchangeID(seed: 0xA, number: 0xB).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "Id: 0000000a000000000000000b")
    }
}
