/// The field names that the proxy itself acts upon, and the commonest others.
///
/// The raw value is a bit number, so that a set of them is one word.
enum KnownField: UInt8, CaseIterable {
    case other = 0
    case te, host, accept, cookie, expect, upgrade, trailer, connection, keepAlive, userAgent
    case contentType, authorization, contentLength, http2Settings, acceptEncoding
    case acceptLanguage, proxyConnection, transferEncoding, proxyAuthenticate, proxyAuthorization
    case date, server
    case via, forwarded, realIP, tracestate, traceparent, requestID, maxForwards
    case forwardedFor, forwardedHost, forwardedPort, forwardedProto, forwardedPrefix

    /// The name in lower case.
    var name: String {
        switch self {
        case .other: ""
        case .te: "te"
        case .host: "host"
        case .accept: "accept"
        case .cookie: "cookie"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .trailer: "trailer"
        case .connection: "connection"
        case .keepAlive: "keep-alive"
        case .userAgent: "user-agent"
        case .contentType: "content-type"
        case .authorization: "authorization"
        case .contentLength: "content-length"
        case .http2Settings: "http2-settings"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .proxyConnection: "proxy-connection"
        case .transferEncoding: "transfer-encoding"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthorization: "proxy-authorization"
        case .date: "date"
        case .server: "server"
        case .via: "via"
        case .forwarded: "forwarded"
        case .realIP: "x-real-ip"
        case .tracestate: "tracestate"
        case .traceparent: "traceparent"
        case .requestID: "x-request-id"
        case .maxForwards: "max-forwards"
        case .forwardedFor: "x-forwarded-for"
        case .forwardedHost: "x-forwarded-host"
        case .forwardedPort: "x-forwarded-port"
        case .forwardedProto: "x-forwarded-proto"
        case .forwardedPrefix: "x-forwarded-prefix"
        }
    }

    /// The bit of this name in a set of known names.
    var bit: UInt64 { 1 &<< UInt64(rawValue) }

    /// Which known name these bytes are, without regard to case; the bytes may be anything.
    ///
    /// The numbers are the names' bytes, eight at a time, little-endian; for longer names the last
    /// eight overlap the first.
    @inline(__always)
    static func of(_ name: Range<Int>, in bytes: Span<UInt8>) -> KnownField {
        let length = name.count
        guard length >= 2, length <= 19, name.lowerBound &+ 8 <= bytes.count else {
            return ofShortRest(name, in: bytes)
        }
        let first = folded(bytes.word(at: name.lowerBound))
        if length < 8 {
            return ofShort(first & (1 &<< UInt64(8 &* length) &- 1), length: length)
        }
        let last = folded(bytes.word(at: name.upperBound &- 8))
        switch length {
        case 9:
            switch (first, last) {
            case (0x6564_7261_7772_6f66, 0x6465_6472_6177_726f): return .forwarded
            case (0x692d_6c61_6572_2d78, 0x7069_2d6c_6165_722d): return .realIP
            default: return .other
            }
        case 10:
            switch (first, last) {
            case (0x6974_6365_6e6e_6f63, 0x6e6f_6974_6365_6e6e): return .connection
            case (0x696c_612d_7065_656b, 0x6576_696c_612d_7065): return .keepAlive
            case (0x6567_612d_7265_7375, 0x746e_6567_612d_7265): return .userAgent
            case (0x6174_7365_6361_7274, 0x6574_6174_7365_6361): return .tracestate
            default: return .other
            }
        case 11:
            return first == 0x7261_7065_6361_7274 && last == 0x746e_6572_6170_6563
                ? .traceparent : .other
        case 12:
            switch (first, last) {
            case (0x2d74_6e65_746e_6f63, 0x6570_7974_2d74_6e65): return .contentType
            case (0x7365_7571_6572_2d78, 0x6469_2d74_7365_7571): return .requestID
            case (0x7772_6f66_2d78_616d, 0x7364_7261_7772_6f66): return .maxForwards
            default: return .other
            }
        case 13:
            return first == 0x7a69_726f_6874_7561 && last == 0x6e6f_6974_617a_6972
                ? .authorization : .other
        case 14:
            switch (first, last) {
            case (0x2d74_6e65_746e_6f63, 0x6874_676e_656c_2d74): return .contentLength
            case (0x6573_2d32_7074_7468, 0x7367_6e69_7474_6573): return .http2Settings
            default: return .other
            }
        case 15:
            switch (first, last) {
            case (0x652d_7470_6563_6361, 0x676e_6964_6f63_6e65): return .acceptEncoding
            case (0x6c2d_7470_6563_6361, 0x6567_6175_676e_616c): return .acceptLanguage
            case (0x7261_7772_6f66_2d78, 0x726f_662d_6465_6472): return .forwardedFor
            default: return .other
            }
        case 16:
            switch (first, last) {
            case (0x6f63_2d79_786f_7270, 0x6e6f_6974_6365_6e6e): return .proxyConnection
            case (0x7261_7772_6f66_2d78, 0x7473_6f68_2d64_6564): return .forwardedHost
            case (0x7261_7772_6f66_2d78, 0x7472_6f70_2d64_6564): return .forwardedPort
            default: return .other
            }
        case 17...19:
            return ofLong(length, first, folded(bytes.word(at: name.lowerBound &+ 8)), last)
        default: return .other
        }
    }

    /// SECURITY: `| 0x20` alone would make `-` of CR, and a framing field of a broken name. Only what
    /// has the bit of letters is folded: a byte becomes a lower-case letter, `-` or a digit only if
    /// it is that already, or the letter's capital.
    @inline(__always)
    private static func folded(_ word: UInt64) -> UInt64 {
        word | (word & 0x4040_4040_4040_4040) &>> 1
    }

    /// The same, out of line, for the name whose colon was not near.
    @inline(never)
    static func ofFar(_ name: Range<Int>, in bytes: Span<UInt8>) -> KnownField {
        of(name, in: bytes)
    }

    @inline(__always)
    private static func ofShort(_ word: UInt64, length: Int) -> KnownField {
        switch (length, word) {
        case (2, 0x6574): .te
        case (3, 0x61_6976): .via
        case (4, 0x7473_6f68): .host
        case (4, 0x6574_6164): .date
        case (6, 0x7470_6563_6361): .accept
        case (6, 0x6569_6b6f_6f63): .cookie
        case (6, 0x7463_6570_7865): .expect
        case (6, 0x7265_7672_6573): .server
        case (7, 0x6564_6172_6770_75): .upgrade
        case (7, 0x7265_6c69_6172_74): .trailer
        default: .other
        }
    }

    private static func ofLong(
        _ length: Int, _ first: UInt64, _ second: UInt64, _ last: UInt64
    ) -> KnownField {
        switch (length, first, second, last) {
        case (17, 0x7265_6673_6e61_7274, 0x6e69_646f_636e_652d, 0x676e_6964_6f63_6e65):
            .transferEncoding
        case (17, 0x7261_7772_6f66_2d78, 0x746f_7270_2d64_6564, 0x6f74_6f72_702d_6465):
            .forwardedProto
        case (18, 0x7261_7772_6f66_2d78, 0x6665_7270_2d64_6564, 0x7869_6665_7270_2d64):
            .forwardedPrefix
        case (18, 0x7561_2d79_786f_7270, 0x6163_6974_6e65_6874, 0x6574_6163_6974_6e65):
            .proxyAuthenticate
        case (19, 0x7561_2d79_786f_7270, 0x7461_7a69_726f_6874, 0x6e6f_6974_617a_6972):
            .proxyAuthorization
        default: .other
        }
    }

    /// The rare name that ends within eight bytes of the end of the buffer.
    private static func ofShortRest(_ name: Range<Int>, in bytes: Span<UInt8>) -> KnownField {
        guard name.count >= 2, name.count < 8 else { return .other }
        var word: UInt64 = 0
        for index in 0..<name.count {
            word |= UInt64(bytes[name.lowerBound + index]) << UInt64(8 * index)
        }
        return ofShort(folded(word), length: name.count)
    }
}
