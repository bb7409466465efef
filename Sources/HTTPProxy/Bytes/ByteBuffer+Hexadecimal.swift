import Values

extension ByteBuffer {
    /// Adds sixteen lower-case hexadecimal digits.
    @inline(__always)
    mutating func append(hexadecimal number: UInt64) {
        append(word: ExchangeID.digits(of: UInt32(truncatingIfNeeded: number &>> 32)))
        append(word: ExchangeID.digits(of: UInt32(truncatingIfNeeded: number)))
    }
}
