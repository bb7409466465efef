import Transport
import Values

/// The way in for programs that try the head scanner with bytes of all kinds.
package enum HeadScannerProbe {
    /// Reads bytes that come in one or two parts as a head, and writes what would be forwarded.
    ///
    /// - Returns: the forwarded head, or why there is none. The size of the first part changes
    /// nothing.
    package static func verdict(_ bytes: [UInt8], firstPart: Int) -> String {
        let limits = HeadScanner.Limits()
        var head = RequestHead()
        do throws(RequestFault) {
            let part = bytes.span.extracting(0..<firstPart)
            var isComplete = false
            if firstPart > 0 {
                isComplete = try HeadScanner.scan(part, limits: limits, into: &head)
            }
            if !isComplete, firstPart == bytes.count { return "incomplete" }
            if !isComplete {
                if firstPart > 0,
                    !HeadScanner.shouldScan(bytes.span, seen: firstPart, limits: limits)
                {
                    return "incomplete"
                }
                guard try HeadScanner.scan(bytes.span, limits: limits, into: &head) else {
                    return "incomplete"
                }
            }
            let time = LoopTime(
                monotonic: MonotonicTime(nanoseconds: 0), wall: UnixTime(seconds: 0))
            let request = try NormalizedRequest.normalize(
                &head, in: bytes.span, protected: .standard,
                id: ExchangeID(seed: 0, number: 0), peer: .loopback(port: 1), at: time)
            var out = ByteBuffer()
            RequestHeadWriter.write(
                request, in: bytes.span, rules: .standard, authority: nil,
                forwarded: RequestHeadWriter.forwardedLines(for: .loopback(port: 1)), lines: [],
                to: &out)
            return String(decoding: out.array(), as: UTF8.self)
        } catch {
            return "\(error)"
        }
    }
}
