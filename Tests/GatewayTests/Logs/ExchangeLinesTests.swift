import Documents
import PolicyEngine
import Testing
import Transport
import Values

@testable import Gateway
@testable import HTTPProxy

@Suite struct ExchangeLinesTests {
    private func withRecord(
        status: Int, source: ExchangeRecord.Source = .gate, isComplete: Bool = true,
        _ body: (borrowing ExchangeRecord) -> Void
    ) {
        body(
            ExchangeRecord(
                id: ExchangeID(seed: 0xAB, number: 0x1F), tag: 0, source: source, status: status,
                code: "", upstream: nil, requestBodyBytes: 3, responseBodyBytes: 142,
                isComplete: isComplete, startedAt: UnixTime(milliseconds: 1_772_445_600_007),
                nanoseconds: 1_234_567, nanosecondsToFirstByte: isComplete ? 1_000_999 : nil))
    }

    private func entry() -> LogEntry {
        let entry = LogEntry()
        let path = #"/orgs/"\"#
        let head = Array((path + "api.acme.example:8443").utf8)
        entry.begin(
            path: 0..<path.utf8.count, host: path.utf8.count..<head.count,
            client: .ipv4(0xC0A8_0164, port: 4000), in: head.span)
        entry.method = .get
        return entry
    }

    private func line(
        _ write: (borrowing ExchangeRecord, borrowing LogTime, inout ByteBuffer) -> Void,
        status: Int, source: ExchangeRecord.Source = .gate, isComplete: Bool = true
    ) -> [UInt8] {
        var line = ByteBuffer()
        var time = LogTime()
        withRecord(status: status, source: source, isComplete: isComplete) { record in
            time.set(record.startedAt)
            write(record, time, &line)
        }
        return line.array()
    }

    private func members(_ line: [UInt8]) throws -> JSONObject? {
        #expect(line.last == 0x0A && line.count { $0 == 0x0A } == 1)
        guard case .object(let object) = try JSONReader.read(line.dropLast()) else { return nil }
        return object
    }

    @Test func `AV-23 an access line is one JSON object whatever the path`() throws {
        let entry = entry()
        entry.code = "token-expired"
        entry.action = "org.create"
        let line = line({ AccessLine.write(entry, $0, at: $1, to: &$2) }, status: 401)
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"timestamp":"2026-03-02T10:00:00.007Z","http.request.method":"GET","#
                + #""url.path":"/orgs/\"\\","server.address":"api.acme.example:8443","#
                + #""client.address":"192.168.1.100","http.response.status_code":401,"#
                + #""http.request.body.size":3,"http.response.body.size":142,"#
                + #""gatehouse.duration_us":1234,"gatehouse.upstream_wait_us":1000,"#
                + #""gatehouse.request_id":"000000ab000000000000001f","#
                + #""gatehouse.route":"org.create","gatehouse.code":"token-expired"}"# + "\n")
        #expect(try members(line) != nil)
    }

    @Test func `a client that left is told from an answer, also without a route`() throws {
        let line = line(
            { AccessLine.write(LogEntry(), $0, at: $1, to: &$2) }, status: 0,
            source: .clientLeft, isComplete: false)
        let members = try members(line)
        #expect(members?["gatehouse.code"] == .string("client-left"))
        #expect(members?["gatehouse.incomplete"] == .bool(true))
        #expect(members?["gatehouse.route"] == nil)
        #expect(members?["client.address"] == .string(""))
    }

    @Test func `a refusal that no rule made names no rule and no caller`() throws {
        let entry = entry()
        entry.isDecided = true
        entry.code = "token-expired"
        let line = line({ DecisionLine.write(entry, $0, at: $1, to: &$2) }, status: 401)
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"ts":"2026-03-02T10:00:00.007Z","id":"000000ab000000000000001f","#
                + #""policy":"","decision":"deny","status":401,"reason":"token-expired","#
                + #""because":null,"at":null,"route":null,"method":"GET","#
                + #""path":"/orgs/\"\\","org":null,"principal":null,"kind":null,"#
                + #""roles":[],"shadow":null}"# + "\n")
    }
}
