import HTTPProxy
import Testing
import Values

@testable import Gateway

@Suite struct LogTimeTests {
    @Test func `a time reads as RFC 3339 has it, whatever came before it`() {
        var time = LogTime()
        for milliseconds: Int64 in [
            0, 1, 999, 1000, 1_772_445_600_007, 1_772_445_600_000, 1_772_445_600_120,
            1_772_445_599_999, -1, -1000, -62_167_219_200_000, 253_402_300_799_999,
        ] {
            let instant = UnixTime(milliseconds: milliseconds)
            var line = ByteBuffer()
            time.set(instant)
            time.append(to: &line)
            #expect(String(decoding: line.array(), as: UTF8.self) == instant.rfc3339)
        }
        for milliseconds in [Int64.min, .max] {
            time.set(UnixTime(milliseconds: milliseconds))
            var line = ByteBuffer()
            time.append(to: &line)
            #expect(line.count >= 20)
        }
    }
}
