import Testing
import Values

@testable import HTTPProxy

@Suite struct ByteBufferTests {
    private func written(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        write(&buffer)
        return buffer.array()
    }

    @Test(arguments: [
        0, 7, 9, 10, 99, 100, 101, 999, 1000, 65_535, 1_000_000, 999_999_999, UInt64.max / 10,
        UInt64.max - 1, UInt64.max,
    ])
    func `a number is written as its decimal digits`(_ number: UInt64) {
        #expect(written { $0.append(decimal: number) } == Array(String(number).utf8))
    }

    @Test(arguments: [0, -1, 10, -10, Int.min, Int.max])
    func `a number below zero has its sign`(_ number: Int) {
        #expect(written { $0.append(decimal: number) } == Array(String(number).utf8))
    }

    @Test func `every power of ten and its neighbours are written in full`() {
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            for number in [power - 1, power, power + 1] {
                #expect(written { $0.append(decimal: number) } == Array(String(number).utf8))
            }
        }
    }

    @Test func `a buffer that grows keeps what was written`() {
        let bytes = written { buffer in
            for index in 0..<5000 { buffer.append(UInt8(truncatingIfNeeded: index)) }
            buffer.append("constant")
            buffer.append(word: 0x6867_6665_6463_6261)
        }
        let expected =
            (0..<5000).map { UInt8(truncatingIfNeeded: $0) } + Array("constantabcdefgh".utf8)
        #expect(bytes == expected)
    }

    @Test func `memory beyond a limit is given back, and the buffer is empty then`() {
        var buffer = ByteBuffer(capacity: 16)
        buffer.append([UInt8](repeating: 1, count: 4096))
        buffer.removeAll(keepingAtMost: 64)
        let (count, capacity) = (buffer.count, buffer.capacity)
        #expect(count == 0 && capacity == 64)
        buffer.append("x")
        #expect(buffer.array() == Array("x".utf8))
        buffer.truncate(to: 9)
        #expect(buffer.array() == Array("x".utf8))
        buffer.truncate(to: -1)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
    }

    @Test
    func `AV-23 JSON text is what the plain writer makes of it, for every byte at every place`() {
        for length in [1, 7, 8, 9, 15, 16, 17, 31] {
            for place in 0..<length {
                for byte in 0...UInt8.max {
                    var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    text[place] = byte
                    var expected: [UInt8] = []
                    JSONText.append(bytes: text, to: &expected)
                    if written({ $0.append(json: text.span) }) != expected {
                        Issue.record("byte \(byte) at \(place) of \(length)")
                    }
                }
            }
        }
        #expect(written { $0.append(json: "") } == Array("\"\"".utf8))
    }

    @Test func `the digits of a request's name are those of its text`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let id = ExchangeID(seed: generator.next(), number: generator.next())
            var plain: [UInt8] = []
            id.append(to: &plain)
            let number = String(id.number, radix: 16)
            let seed = String(id.seed, radix: 16)
            let expected =
                String(repeating: "0", count: 8 - seed.count) + seed
                + String(repeating: "0", count: 16 - number.count) + number
            #expect(written { $0.append(id) } == Array(expected.utf8))
            #expect(plain == Array(expected.utf8))
        }
    }
}
