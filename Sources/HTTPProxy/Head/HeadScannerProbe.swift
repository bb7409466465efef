import Transport
import Values

/// The way in for programs that try the head scanner with bytes of all kinds.
package enum HeadScannerProbe {
    /// Reads bytes that come in one or two parts as a head, and writes what would be forwarded.
    ///
    /// - Parameter isTrusted: whether the peer's words about its client are believed.
    /// - Returns: the forwarded head, or why there is none. The size of the first part changes
    /// nothing.
    package static func verdict(
        _ bytes: [UInt8], firstPart: Int, isTrusted: Bool = false
    ) -> String {
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
            let settings = EdgeSettings(
                trustedProxies: AddressSet(isTrusted ? [.loopback] : []), identifier: "probe")
            let edge = EdgeRules(settings ?? EdgeSettings(), setsForwardedFields: true)
            let origin = ConnectionOrigin(
                peer: .loopback(port: 1), tls: nil, edge: edge)
            let request = try NormalizedRequest.normalize(
                &head, in: bytes.span, protected: .standard, from: origin, edge: edge,
                id: ExchangeID(seed: 0, number: 0), at: time)
            var out = ByteBuffer()
            try RequestHeadWriter.write(
                request, in: bytes.span, rules: .standard, authority: nil, rewrite: nil,
                edge: edge, lines: [], to: &out)
            return String(decoding: out.array(), as: UTF8.self)
        } catch {
            return "\(error)"
        }
    }
}
