import HTTPProxy

/// Feeds bytes to the scanner of answers' heads: no input may trap, a part of a head is no head, and
/// what is forwarded is read like what came.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponseHead(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    guard let first = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    let whole = ResponseHeadProbe.verdict(bytes)
    let split = Int(first) * bytes.count / 256
    switch (ResponseHeadProbe.verdict(Array(bytes[..<split])), whole) {
    case (.incomplete, _): break
    case (let part, let whole) where part == whole: break
    case (let part, let whole): fatalError("\(split) bytes are \(part), all are \(whole)")
    }
    guard case .accepted(let status, let framing, let length, let forwarded) = whole else {
        return 0
    }
    let again = ResponseHeadProbe.verdict(forwarded)
    // Our own lines may go beyond what an upstream may send.
    if case .refused("tooManyFields") = again { return 0 }
    if case .refused("headTooLarge") = again { return 0 }
    guard case .accepted(status, framing, forwarded.count, _) = again, length <= bytes.count else {
        fatalError(
            "\(status) \(framing) is forwarded as \(String(decoding: forwarded, as: UTF8.self))")
    }
    let text = String(decoding: forwarded, as: UTF8.self).lowercased()
    for name in ["gatehouse-", "connection:", "keep-alive:", "upgrade:", "proxy-authenticate:"]
    where text.contains("\r\n" + name) || text.contains("\n" + name) {
        fatalError("\(name) goes to the client: \(text)")
    }
    return 0
}
