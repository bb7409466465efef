import Testing

@testable import HTTPProxy

@Suite struct SpanSearchTests {
    @Test func `the first of two bytes is found at every place, and nothing outside the range`() {
        for length in 0...40 {
            for place in 0..<length {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length + 2)
                bytes[length] = UInt8(ascii: "?")
                bytes[place] = UInt8(ascii: place % 2 == 0 ? "?" : "#")
                let found = bytes.span.first(
                    UInt8(ascii: "?"), or: UInt8(ascii: "#"), in: 0..<length)
                #expect(found == place)
                let behind = bytes.span.first(
                    UInt8(ascii: "?"), or: UInt8(ascii: "#"), in: place + 1..<length)
                #expect(behind == length)
            }
            let none = [UInt8](repeating: 0xBF, count: length)
            let end = none.span.first(UInt8(ascii: "?"), or: UInt8(ascii: "#"), in: 0..<length)
            #expect(end == length)
        }
    }

    @Test func `the end of a value is the first control byte, wherever it stands and however long`()
    {
        for length in [1, 8, 31, 32, 63, 64, 65, 130, 200] {
            for place in 0..<length {
                for byte: UInt8 in [0, 0x0A, 0x0D, 0x1F, 0x7F] {
                    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    bytes[place] = byte
                    let end = bytes.span.endOfValue(from: 0, limit: length)
                    #expect(end == place)
                }
                for byte: UInt8 in [0x09, 0x20, 0x7E, 0x80, 0xFF] {
                    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    bytes[place] = byte
                    let end = bytes.span.endOfValue(from: 0, limit: length)
                    #expect(end == length)
                }
            }
        }
    }
}
