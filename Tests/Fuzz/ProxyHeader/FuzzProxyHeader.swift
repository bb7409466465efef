import Transport

/// Feeds bytes to the reader of PROXY headers, longer and longer beginnings of them: no input may trap,
/// and what was said of a beginning holds of the whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProxyHeader(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let whole = ProxyHeaderProbe.reading(bytes)
    if let whole, whole.length > bytes.count {
        fatalError("\(whole) is longer than its \(bytes.count) bytes")
    }
    if whole == nil, bytes.count > ProxyHeaderProbe.longest {
        fatalError("\(bytes.count) bytes are not enough")
    }
    // The first hundred splits, then a few.
    var length = 0
    while length < bytes.count {
        if let part = ProxyHeaderProbe.reading(Array(bytes[..<length])) {
            guard let whole, part == whole else {
                fatalError("\(length) bytes are \(part), all are \(String(describing: whole))")
            }
            break
        }
        length += length < 100 ? 1 : 97
    }
    return 0
}
