package import Transport
package import Values

/// A request that has one reading: one authority, one framing, one spelling of its path.
///
/// Ranges into the bytes beside it. `normalize` is the only way to make one, so that nobody judges
/// a head that was not checked. What the ranges name is forwarded byte for byte.
package struct NormalizedRequest: ~Copyable {
    /// The method.
    package let method: HTTPMethod
    /// The target in origin form: the path, and the query with its `?`; `*` for `OPTIONS *`.
    package let target: Range<Int>
    /// The path, in its normal form.
    package let path: Range<Int>
    /// What stands behind the `?`; nil without one.
    package let query: Range<Int>?
    /// The host and, where given, the port.
    package let host: Range<Int>
    /// The value of the first `Authorization` field.
    package let authorization: Range<Int>?
    /// Whether there are further `Authorization` fields.
    package let repeatsAuthorization: Bool
    /// How the body is framed.
    package let body: BodyFraming
    /// Whether the client waits for `100 Continue` before it sends the body.
    package let expectsContinue: Bool
    /// Whether the body is `application/grpc`, whose refusals look different.
    package let isGRPC: Bool
    /// The name of the exchange.
    package let id: ExchangeID
    /// The other end of the connection, or whom a PROXY header names.
    package var peer: SocketAddress { origin.peer }
    /// Whether the client speaks TLS: to us, or as a trusted proxy says, to it.
    package let isSecure: Bool
    /// What is known of the connection's TLS; nil in clear text.
    package var tls: TLSFacts? { origin.tls }
    /// The clocks of the tick in which the head was complete.
    package let receivedAt: LoopTime

    /// What is the same for all requests of its connection.
    let origin: ConnectionOrigin
    let fields: FieldList
    /// What trusted proxies say about the client stands in `EdgeRules.client`.
    let believesPeer: Bool
    /// The client that they name.
    let believed: HostNumber?
    /// Which of `requestID` and `traceparent` are ours to make.
    let made: UInt64
    /// How often an OPTIONS request may still be passed on.
    let maxForwards: Int?
    let isAbsoluteForm: Bool
    let isVersion11: Bool
    let acceptsTrailers: Bool
    /// Whether the client wants the connection to stay.
    let keepsAlive: Bool
    /// Behind the method.
    let methodEnd: Int
    /// Behind the request line.
    let requestLineEnd: Int
    /// Behind the empty line.
    let end: Int

    /// Who sent the request: of the addresses that trusted proxies tell, from the right, the first that
    /// is not trusted; the peer where nobody is believed. Its port is 0 where others told it.
    package var client: SocketAddress { believed?.address ?? peer }

    /// `https` or `http`.
    package var scheme: StaticString { isSecure ? "https" : "http" }

    /// The name of the exchange as text.
    package var requestID: RequestID { RequestID(id.text) }

    /// How many field lines there are.
    package var fieldCount: Int { fields.count }

    /// Name and value of a field line, 0 ..< `fieldCount`.
    package func field(at index: Int) -> FieldLine { fields[index] }

    /// The value of the first field of that name, given in lower case.
    package func first(named name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        for field in fields where ASCIIText.isSame(field.name, in: bytes, as: name) {
            return field.value
        }
        return nil
    }

    /// The values of all fields whose name has this normal form (`HeaderName`), in order: an upstream may
    /// read any of the spellings.
    package func values(ofNormalForm form: [UInt8], in bytes: Span<UInt8>) -> [Range<Int>] {
        var values: [Range<Int>] = []
        for field in fields where field.name.count == form.count {
            if HeaderName.isNormalForm(form, of: bytes.extracting(field.name)) {
                values.append(field.value)
            }
        }
        return values
    }

    /// How many fields have that name, given in lower case.
    package func occurrences(of name: StaticString, in bytes: Span<UInt8>) -> Int {
        fields.count { ASCIIText.isSame($0.name, in: bytes, as: name) }
    }

    /// Checks what the syntax left open (method, target, path, host, what is said about the client), and
    /// takes out the lines that no upstream may see, so that the gate judges what is forwarded.
    static func normalize(
        _ head: inout RequestHead, in bytes: Span<UInt8>, protected: ProtectedHeaders,
        from origin: ConnectionOrigin, edge: EdgeRules, id: ExchangeID, at time: LoopTime
    ) throws(RequestFault) -> NormalizedRequest {
        let method = Self.method(head.method, in: bytes)
        guard !method.isNeverRouted else { throw .unsupportedMethod }
        guard let host = head.host else { throw .malformed(.hostMissing) }
        guard Authority.isValid(host, in: bytes) else { throw .malformed(.host) }
        var isSecure = origin.isSecure
        let believesPeer = origin.isTrusted && head.present & ForwardingReader.names != 0
        if believesPeer {
            try edge.read(head, in: bytes)
            isSecure = edge.client.isSecure ?? isSecure
        }
        let form = try RequestTarget.read(
            head.target, of: method, host: host, isSecure: isSecure, in: bytes)
        if !form.isAsterisk {
            do {
                try PathNormalForm.check(bytes.extracting(form.path))
            } catch {
                throw .pathNotNormal(error)
            }
        }
        if head.present & KnownField.via.bit != 0,
            PassageRules.isLoop(head.fields, identifier: edge.identifier, in: bytes)
        {
            throw .loop
        }
        let made = PassageRules.toMake(head.fields, present: head.present, in: bytes)
        // A trace's state means nothing without its name.
        var dropped = made | protected.setByGate & PassageRules.judged
        if made & KnownField.traceparent.bit != 0 { dropped |= KnownField.tracestate.bit }
        var maxForwards: Int?
        if method == .options, head.present & KnownField.maxForwards.bit != 0 {
            maxForwards = try PassageRules.maxForwards(head.fields, in: bytes)
            dropped |= KnownField.maxForwards.bit
        }
        try HeaderRules.removeUnforwardable(
            from: &head, in: bytes, protected: protected, dropped: dropped)
        return NormalizedRequest(
            method: method, target: form.path.lowerBound..<head.target.upperBound, path: form.path,
            query: form.query, host: host,
            authorization: head.authorization, repeatsAuthorization: head.repeatsAuthorization,
            body: head.body,
            expectsContinue: head.expectsContinue && head.isVersion11,
            isGRPC: head.contentType.map {
                ASCIIText.hasPrefix($0, in: bytes, "application/grpc")
            } ?? false,
            id: id, isSecure: isSecure, receivedAt: time, origin: origin, fields: head.fields,
            believesPeer: believesPeer, believed: believesPeer ? edge.client.chain.last : nil,
            made: made & ~protected.setByGate, maxForwards: maxForwards,
            isAbsoluteForm: form.path.lowerBound != head.target.lowerBound,
            isVersion11: head.isVersion11, acceptsTrailers: head.acceptsTrailers,
            keepsAlive: head.keepsAlive, methodEnd: head.method.upperBound,
            requestLineEnd: head.requestLineEnd, end: head.end)
    }

    /// The method; the common ones without making text.
    private static func method(_ range: Range<Int>, in bytes: Span<UInt8>) -> HTTPMethod {
        let word = bytes.word(at: range.lowerBound)
        switch range.count {
        case 3 where word & 0xFF_FFFF == 0x54_4547: return .get
        case 3 where word & 0xFF_FFFF == 0x54_5550: return .put
        case 4 where word & 0xFFFF_FFFF == 0x5453_4F50: return .post
        case 4 where word & 0xFFFF_FFFF == 0x4441_4548: return .head
        case 5 where word & 0xFF_FFFF_FFFF == 0x48_4354_4150: return .patch
        case 6 where word & 0xFFFF_FFFF_FFFF == 0x4554_454C_4544: return .delete
        case 7 where word & 0xFF_FFFF_FFFF_FFFF == 0x53_4E4F_4954_504F: return .options
        default:
            // The scanner let only token bytes through.
            return HTTPMethod(token: bytes.text(range)) ?? .connect
        }
    }
}
