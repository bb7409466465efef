/// The field names that the proxy itself acts upon, and the commonest others.
///
/// The raw value is a bit number, so that a set of them is one word.
enum KnownField: UInt8, CaseIterable {
    case other = 0
    case te, host, accept, cookie, expect, upgrade, trailer, connection, keepAlive, userAgent
    case contentType, authorization, contentLength, http2Settings, acceptEncoding
    case acceptLanguage, proxyConnection, transferEncoding, proxyAuthenticate, proxyAuthorization
    case date

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
        }
    }

    /// The bit of this name in a set of known names.
    var bit: UInt32 { 1 &<< UInt32(rawValue) }

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
        switch (length, first, last) {
        case (10, 0x6974_6365_6e6e_6f63, 0x6e6f_6974_6365_6e6e): return .connection
        case (10, 0x696c_612d_7065_656b, 0x6576_696c_612d_7065): return .keepAlive
        case (10, 0x6567_612d_7265_7375, 0x746e_6567_612d_7265): return .userAgent
        case (12, 0x2d74_6e65_746e_6f63, 0x6570_7974_2d74_6e65): return .contentType
        case (13, 0x7a69_726f_6874_7561, 0x6e6f_6974_617a_6972): return .authorization
        case (14, 0x2d74_6e65_746e_6f63, 0x6874_676e_656c_2d74): return .contentLength
        case (14, 0x6573_2d32_7074_7468, 0x7367_6e69_7474_6573): return .http2Settings
        case (15, 0x652d_7470_6563_6361, 0x676e_6964_6f63_6e65): return .acceptEncoding
        case (15, 0x6c2d_7470_6563_6361, 0x6567_6175_676e_616c): return .acceptLanguage
        case (16, 0x6f63_2d79_786f_7270, 0x6e6f_6974_6365_6e6e): return .proxyConnection
        case (17...19, _, _):
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

    @inline(__always)
    private static func ofShort(_ word: UInt64, length: Int) -> KnownField {
        switch (length, word) {
        case (2, 0x6574): .te
        case (4, 0x7473_6f68): .host
        case (4, 0x6574_6164): .date
        case (6, 0x7470_6563_6361): .accept
        case (6, 0x6569_6b6f_6f63): .cookie
        case (6, 0x7463_6570_7865): .expect
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
