import Testing
import Transport
import Values

@testable import HTTPProxy

/// A head that goes through the scanner, the rules and the writer, without a server.
struct ForwardedHead {
    var trusted: [String] = []
    var peer = SocketAddress.ipv4(0x0A00_0001, port: 4711)
    var isSecure = false
    var protected = ProtectedHeaders.standard
    var rules = ForwardRules.standard
    var rewrite: PrefixRewrite?
    var setsForwardedFields = true
    var identifier = "test"
    var id = ExchangeID(seed: 0xABCD_EF01, number: 7)
    var trustsLocalSockets = false

    /// What became of a head.
    struct Result: Equatable {
        var head = ""
        var client = ""
        var scheme = ""
        var maxForwards: Int?

        /// The value of the one line of that name; nil where there is none, "several" for more.
        subscript(name: String) -> String? {
            let values = head.split(separator: "\r\n", omittingEmptySubsequences: true).dropFirst()
                .filter { $0.hasPrefix(name + ": ") || $0 == name + ":" }
                .map { String($0.dropFirst(name.count + 2)) }
            return values.count > 1 ? "several" : values.first
        }

        /// Whether a text occurs, without regard to case.
        func contains(_ text: String) -> Bool {
            head.lowercased().range(of: text.lowercased()) != nil
        }
    }

    /// The head that is written for a GET with these lines behind `Host: g`.
    func get(_ lines: String..., target: String = "/a") throws(RequestFault) -> Result {
        try of("GET \(target) HTTP/1.1", ["Host: g"] + lines)
    }

    /// The head that is written for a request line and field lines.
    func of(_ requestLine: String, _ lines: [String]) throws(RequestFault) -> Result {
        try of(Array((([requestLine] + lines).joined(separator: "\r\n") + "\r\n\r\n").utf8))
    }

    /// The head that is written for these bytes.
    func of(_ bytes: [UInt8]) throws(RequestFault) -> Result {
        var head = RequestHead()
        guard try HeadScanner.scan(bytes.span, limits: .init(), into: &head) else {
            throw .headTimeout
        }
        let ranges = trusted.compactMap { AddressRange($0) }
        #expect(ranges.count == trusted.count)
        var settings =
            EdgeSettings(trustedProxies: AddressSet(ranges), identifier: identifier)
            ?? EdgeSettings()
        settings.trustsLocalSockets = trustsLocalSockets
        let edge = EdgeRules(settings, setsForwardedFields: setsForwardedFields)
        let tls = isSecure ? TLSFacts(version: "TLSv1.3") : nil
        let origin = ConnectionOrigin(peer: peer, tls: tls, edge: edge)
        let time = LoopTime(monotonic: .init(nanoseconds: 0), wall: .init(seconds: 0))
        let request = try NormalizedRequest.normalize(
            &head, in: bytes.span, protected: protected, from: origin, edge: edge, id: id, at: time)
        var result = Result()
        result.client = request.client.host
        result.scheme = "\(request.scheme)"
        result.maxForwards = request.maxForwards
        var out = ByteBuffer()
        try RequestHeadWriter.write(
            request, in: bytes.span, rules: rules, authority: nil, rewrite: rewrite,
            edge: edge, lines: [], to: &out)
        result.head = String(decoding: out.array(), as: UTF8.self)
        return result
    }
}
