/// Arithmetic on big-endian numbers of one length, as far as tests need it.
enum BigEndian {
    /// `larger - smaller`, modulo the length.
    static func subtract(_ smaller: [UInt8], from larger: [UInt8]) -> [UInt8] {
        var result = larger
        var borrow = 0
        for index in larger.indices.reversed() {
            let difference = Int(larger[index]) - Int(smaller[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            result[index] = UInt8((difference + 256) % 256)
        }
        return result
    }

    /// The sum, modulo the length.
    static func add(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result = left
        var carry = 0
        for index in left.indices.reversed() {
            let sum = Int(left[index]) + Int(right[index]) + carry
            carry = sum >> 8
            result[index] = UInt8(sum & 0xFF)
        }
        return result
    }

    /// A small number in so many bytes.
    static func number(_ value: UInt8, _ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: count - 1) + [value]
    }
}
