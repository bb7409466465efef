import Values

/// Writes the lines that say where a request has been, and by which names it is found: `Via`,
/// `X-Request-Id` and `traceparent`.
enum PassageLines {
    /// Adds the lines for a request.
    ///
    /// - Parameters:
    ///   - via: the line of this gateway.
    ///   - made: the bits of `requestID` and `traceparent`, where they are not passed on.
    @inline(__always)
    static func append(
        for id: ExchangeID, via: [UInt8], made: UInt64, to out: inout ByteBuffer
    ) {
        out.append(via)
        if made & KnownField.requestID.bit != 0 {
            out.append("X-Request-Id: ")
            out.append(id)
            out.append("\r\n")
        }
        if made & KnownField.traceparent.bit != 0 {
            let trace = TraceContext(id)
            out.append("traceparent: 00-")
            out.append(hexadecimal: trace.high)
            out.append(hexadecimal: trace.low)
            out.append(UInt8(ascii: "-"))
            out.append(hexadecimal: trace.parent)
            // The flag says that the trace is recorded: whoever decides by the caller's word would
            // else record nothing behind the gateway.
            out.append("-01\r\n")
        }
    }
}

/// The trace of an exchange whose client began none (W3C Trace Context).
///
/// Worked out from the name of the exchange. Samplers choose by the last bytes of a trace's name, so
/// the number of the exchange is scattered over them.
struct TraceContext: Equatable {
    let high: UInt64
    let low: UInt64
    let parent: UInt64

    @inline(__always)
    init(_ id: ExchangeID) {
        // A name of zeros only is none.
        high = Self.scattered(UInt64(id.seed)) | 1
        low = Self.scattered(id.number ^ UInt64(id.seed) &<< 32)
        parent = Self.scattered(low) | 1
    }

    /// One number for each number, with no order left.
    @inline(__always)
    private static func scattered(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed &>> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed &>> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed &>> 31
    }
}
