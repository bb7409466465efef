import HTTPProxy

/// Feeds bytes to the decoder of chunked bodies, whole, byte by byte, and split as the first two bytes say:
/// no input may trap, no split may change what is read, and what was read means the same when it is
/// framed anew.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunkedFraming(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    guard input.count > 2 else { return 0 }
    let bytes = Array(input.dropFirst(2))
    let whole = ChunkedFramingProbe.read(bytes)
    let first = Int(input[0]) * bytes.count / 256
    let splits = [
        [first],
        [Int](repeating: Int(input[1]) % 16 + 1, count: bytes.count / (Int(input[1]) % 16 + 1)),
    ]
    for split in splits {
        let read = ChunkedFramingProbe.read(bytes, portions: split)
        guard read == whole else {
            fatalError("split at \(split): \(read) is not \(whole)")
        }
    }
    guard whole.rest != nil else { return 0 }
    var again: [UInt8] = []
    if !whole.data.isEmpty {
        again += Array("\(String(whole.data.count, radix: 16))\r\n".utf8)
        again += whole.data + Array("\r\n".utf8)
    }
    again += Array("0\r\n".utf8)
    for trailer in whole.trailers { again += trailer + Array("\r\n".utf8) }
    again += Array("\r\n".utf8)
    let second = ChunkedFramingProbe.read(again)
    guard second.data == whole.data, second.trailers == whole.trailers, second.rest == 0 else {
        fatalError("framed anew it is read as \(second), not as \(whole)")
    }
    return 0
}
