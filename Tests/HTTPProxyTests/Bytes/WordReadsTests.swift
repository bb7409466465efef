import Testing

@testable import HTTPProxy

/// Checks that read eight bytes at once say the same as ones that read each.
@Suite struct WordReadsTests {
    private static func isDottedName(_ name: ArraySlice<UInt8>) -> Bool {
        name.count >= 8
            && name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .allSatisfy { label in
                    !label.isEmpty
                        && label.allSatisfy {
                            switch $0 {
                            case UInt8(ascii: "a")...UInt8(ascii: "z"),
                                UInt8(ascii: "A")...UInt8(ascii: "Z"),
                                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                                UInt8(ascii: "_"):
                                true
                            default: false
                            }
                        }
                }
    }

    @Test func `a host name is one wherever its words begin`() {
        var random = SystemRandomNumberGenerator()
        let usual = Array("abcxyzABCXYZ0189-_".utf8)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                usual.randomElement(using: &random) ?? 0x61
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let odd = UInt8.random(in: 0...255, using: &random)
                bytes[place] = Bool.random(using: &random) ? UInt8(ascii: ".") : odd
            }
            let start = Int.random(in: 0...bytes.count, using: &random)
            let isName = bytes.span.isDottedName(start..<bytes.count)
            #expect(isName == Self.isDottedName(bytes[start...]), "\(bytes) from \(start)")
        }
    }

    @Test func `every byte in every place ends a name or does not`() {
        for place in 0..<19 {
            for byte in UInt8.min ... .max {
                var bytes = Array("abcdefghijklmnopqrs".utf8)
                bytes[place] = byte
                let isName = bytes.span.isDottedName(0..<bytes.count)
                #expect(isName == Self.isDottedName(bytes[...]), "\(byte) at \(place)")
            }
        }
    }

    @Test func `a target ends at the first byte that is not visible, wherever it is`() {
        for count in 1..<20 {
            for place in 0..<count {
                for byte in UInt8.min ... .max {
                    var bytes = [UInt8](repeating: 0x7E, count: count)
                    bytes[place] = byte
                    // What follows the first must not hide it.
                    if place + 1 < count { bytes[place + 1] = 0xFF }
                    let end = bytes.span.endOfVisible(from: 0, limit: count)
                    let expected = bytes.firstIndex { !(0x21...0x7E).contains($0) } ?? count
                    #expect(end == expected, "\(bytes)")
                }
            }
        }
    }

    @Test func `a long value ends at its control byte, wherever it is`() {
        for count in [300, 520, 700] {
            for place in 0..<count {
                var bytes = [UInt8](repeating: 0x41, count: count)
                bytes[place] = place.isMultiple(of: 2) ? 0x0D : 0x7F
                #expect(bytes.span.endOfValue(from: 0, limit: count) == place)
                bytes[place] = place.isMultiple(of: 2) ? 0x09 : 0xFF
                #expect(bytes.span.endOfValue(from: 0, limit: count) == count)
            }
        }
    }

    @Test func `a list of lines grows, and keeps what it is told to, in order`() {
        let list = FieldList(capacity: 1)
        for number in 0..<UInt32(100) {
            list.append(
                FieldLine(
                    start: number, nameEnd: number, valueStart: number, valueEnd: number,
                    end: number, known: .other))
        }
        #expect(list.map(\.start) == Array(0..<100))
        list.keep { $0.start.isMultiple(of: 3) }
        #expect(list.map(\.start) == Array(stride(from: 0, to: 100, by: 3)))
        list.removeAll()
        #expect(list.isEmpty)
    }
}
