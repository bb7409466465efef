import Testing
import Transport
import Values

@testable import HTTPProxy

/// Where a request has been, and by which names it is found.
@Suite struct PassageTests {
    private let head = ForwardedHead()
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `HTTP-42 every hop adds itself to Via`() throws {
        #expect(try head.get()["Via"] == "1.1 test")
        let old = try head.of("GET /a HTTP/1.0", ["Host: g"])
        #expect(old["Via"] == "1.0 test" && old["X-Request-Id"] != nil)
        let further = try head.get("Via: 1.1 a, 2.0 b:80 (c)", "Via: HTTP/1.1 d")
        #expect(further.contains("Via: 1.1 a, 2.0 b:80 (c)\r\nVia: HTTP/1.1 d\r\n"))
        #expect(further.contains("\r\nVia: 1.1 test\r\n"))
    }

    @Test(arguments: [
        "Via: 1.1 test", "Via: 1.1 a, 1.0 test", "Via: 1.1 TEST (x)", "Via: HTTP/1.1 test,1.1 b",
        "Via: 1.1 a (b\r\nVia: 1.1 test", "Via: 1.1 a (open, 1.1 test", "Via:\t1.1\ttest",
    ])
    func `HTTP-42 a request that has been here is a loop`(_ lines: String) {
        #expect(throws: RequestFault.loop) { _ = try head.get(lines) }
        #expect(RequestFault.loop.status == 508)
    }

    @Test(arguments: ["Via: 1.1 test2", "Via: 1.1 tes", "Via: 1.1 test:80", "X-Via: 1.1 test"])
    func `HTTP-42 another name is none`(_ line: String) throws {
        #expect(try head.get(line).contains(line))
    }

    @Test func `HTTP-42 a name is a token; a random one is different each time`() {
        for name in ["", "a b", "a,b", "a\r\nX: y", "é", String(repeating: "a", count: 65)] {
            #expect(EdgeSettings(trustedProxies: .empty, identifier: name) == nil, "\(name)")
        }
        #expect(EdgeSettings().identifier != EdgeSettings().identifier)
        let random = EdgeSettings(trustedProxies: .empty, identifier: EdgeSettings().identifier)
        #expect(random != nil)
    }

    @Test(arguments: ["Via", "X-Request-Id", "Traceparent", "Tracestate"])
    func `HDR-02 other spellings do not pass`(_ name: String) throws {
        for spelling in [name.replacing("-", with: "_"), name.replacing("-", with: ".")]
        where spelling != name {
            #expect(!(try head.get("\(spelling): root").contains("root")))
        }
        #expect(throws: RequestFault.protectedNameInConnection) {
            _ = try head.get("Connection: \(name)")
        }
    }

    @Test(arguments: [
        "a", "0aZ-_.:=+", String(repeating: "a", count: 64),
        "2f1c9f0e-6f5a-4d0e-9d64-0a4c7b0f5f57",
    ])
    func `HDR-17 a request id of safe bytes passes`(_ id: String) throws {
        let result = try head.get("x-REQUEST-id: \(id)")
        #expect(result.contains("\r\nx-REQUEST-id: \(id)\r\n"))
        #expect(result.head.lowercased().occurrences(of: "x-request-id") == 1)
    }

    @Test(arguments: [
        ["X-Request-Id:"], ["X-Request-Id: " + String(repeating: "a", count: 65)],
        ["X-Request-Id: " + String(repeating: "a", count: 10_240)], ["X-Request-Id: a b"],
        ["X-Request-Id: a/b"], ["X-Request-Id: a,b"], ["X-Request-Id: ${a}"],
        ["X-Request-Id: a\"b"], ["X-Request-Id: é"], ["X-Request-Id: a;b"],
        ["X-Request-Id: a", "X-Request-Id: a"],
        ["X-Request-Id: a", "X-Request-Id: /", "X-Request-Id: c"], [],
    ])
    func `HDR-17 any other request id is replaced by ours`(_ lines: [String]) throws {
        let result = try head.of("GET /a HTTP/1.1", ["Host: g"] + lines)
        #expect(result["X-Request-Id"] == "abcdef010000000000000007")
        #expect(result.head.lowercased().occurrences(of: "x-request-id") == 1)
    }

    @Test func `HDR-17 a line break ends no request id`() {
        #expect(throws: RequestFault.malformed(.lineEnd)) {
            _ = try head.get("X-Request-Id: a\nb")
        }
        #expect(throws: RequestFault.malformed(.fieldValue)) {
            _ = try head.get("X-Request-Id: a\rb")
        }
    }

    @Test func `HDR-17 a valid traceparent passes with its tracestate`() throws {
        for trace in [Self.trace, "cc" + Self.trace.dropFirst(2), Self.trace.dropLast(2) + "00"] {
            let result = try head.get(
                "Tracestate: a=1", "traceparent: \(trace)", "tracestate: b=2")
            #expect(result["traceparent"] == trace)
            #expect(result.contains("Tracestate: a=1\r\n"))
            #expect(result.contains("tracestate: b=2\r\n"))
        }
    }

    @Test(arguments: [
        "", "00", "00-" + String(repeating: "0", count: 32) + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
        "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func `HDR-17 a malformed traceparent is dropped with its tracestate, and a new one made`(
        _ value: String
    ) throws {
        try expectMade(["traceparent: \(value)", "tracestate: a=1"])
    }

    @Test func `HDR-17 a repeated or missing traceparent is made anew`() throws {
        try expectMade(["traceparent: \(Self.trace)", "traceparent: \(Self.trace)"])
        try expectMade(["traceparent: x", "traceparent: \(Self.trace)", "tracestate: a=1"])
        try expectMade([])
        try expectMade(["tracestate: a=1"])
    }

    private func expectMade(_ lines: [String]) throws {
        let result = try head.of("GET /a HTTP/1.1", ["Host: g"] + lines)
        let made = try #require(result["traceparent"])
        let value = Array(made.utf8)
        let isValid = PassageRules.isTraceparent(0..<value.count, in: value.span)
        #expect(isValid && made.hasSuffix("-01"))
        #expect(!result.contains("tracestate") && !made.hasPrefix(Self.trace.prefix(30)))
    }

    @Test func `names are written anew for each request, whatever was written before`() {
        let both = KnownField.requestID.bit | KnownField.traceparent.bit
        var generator = SeededGenerator(seed: 5)
        for step in 0..<300 {
            let id = ExchangeID(
                seed: step % 3 == 0 ? UInt32.random(in: 0 ... .max, using: &generator) : 9,
                number: UInt64.random(in: 0 ... .max, using: &generator))
            let made = [both, 0, KnownField.requestID.bit, KnownField.traceparent.bit][step % 4]
            var out = ByteBuffer()
            PassageLines.append(for: id, via: Array("Via: 1.1 t\r\n".utf8), made: made, to: &out)
            let trace = TraceContext(id)
            let digits = { (number: UInt64) in
                let text = String(number, radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }
            var expected = "Via: 1.1 t\r\n"
            if made & KnownField.requestID.bit != 0 { expected += "X-Request-Id: \(id.text)\r\n" }
            if made & KnownField.traceparent.bit != 0 {
                expected += "traceparent: 00-\(digits(trace.high))\(digits(trace.low))"
                expected += "-\(digits(trace.parent))-01\r\n"
            }
            #expect(String(decoding: out.array(), as: UTF8.self) == expected)
        }
    }

    @Test func `traces of exchanges differ, in their last bytes as well`() {
        let traces = (1...1000).map { TraceContext(ExchangeID(seed: 3, number: $0)) }
        #expect(Set(traces.map(\.low)).count == 1000 && Set(traces.map(\.parent)).count == 1000)
        // A sampler of every second trace by its last bytes takes about half of them.
        #expect((400...600).contains(traces.count { $0.low & 0xFFFF < 0x8000 }))
        #expect((400...600).contains(traces.count { $0.low >> 63 == 0 }))
    }

    @Test func `a policy may set or remove the names itself`() throws {
        var head = ForwardedHead()
        head.protected = ProtectedHeaders(names: ["X-Request-Id"])
        let set = try head.get("X-Request-Id: root")
        #expect(!set.contains("x-request-id") && set["traceparent"] != nil)
        head = ForwardedHead()
        head.rules = ForwardRules(removedRequestNames: ["Traceparent"])
        let removed = try head.get("traceparent: \(Self.trace)")
        #expect(!removed.contains("traceparent") && removed["X-Request-Id"] != nil)
        #expect(!(try head.get().contains("traceparent")))
    }

    @Test func `HTTP-42 Max-Forwards is counted down for OPTIONS and passes elsewhere`() throws {
        let options = { (line: String) throws(RequestFault) in
            try head.of("OPTIONS /a HTTP/1.1", ["Host: g", line])
        }
        #expect(try options("Max-Forwards: 7")["Max-Forwards"] == "6")
        #expect(try options("Max-Forwards: 1")["Max-Forwards"] == "0")
        #expect(try options("Max-Forwards: 0").maxForwards == 0)
        #expect(try head.get("Max-Forwards: 0").contains("Max-Forwards: 0\r\n"))
        #expect(try head.get("Max-Forwards: 0").maxForwards == nil)
        for value in ["", "-1", "a", "01", "1, 1", "10000000000", "1\r\nMax-Forwards: 1"] {
            #expect(throws: RequestFault.malformed(.maxForwards)) {
                _ = try options("Max-Forwards: \(value)")
            }
        }
    }
}
