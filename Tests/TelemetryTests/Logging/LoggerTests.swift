import Synchronization
import Telemetry
import Testing
import Values

/// Keeps every line written to it.
final class LineList: LogSink {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func write(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        lines.withLock { $0.append(text) }
    }
}

@Suite struct LoggerTests {
    private let lines = LineList()

    private func logger(_ format: LogFormat, minimum: LogLevel = .info) -> Logger {
        Logger(
            minimum: minimum, format: format, sink: lines,
            time: { UnixTime(milliseconds: 1_772_445_600_000) })
    }

    @Test func `a JSON line has the members of the log data model`() {
        logger(.json).warning(
            "keys not refreshed",
            facts: [
                "gatehouse.reason": "timeout", "gatehouse.keys.age_seconds": 840,
                "gatehouse.ok": false, "gatehouse.share": 0.5, "gatehouse.list": ["a", "b"],
            ])
        #expect(
            lines.all == [
                #"{"timestamp":"2026-03-02T10:00:00Z","severity_text":"WARN","severity_number":13,"#
                    + #""body":"keys not refreshed","#
                    + #""attributes":{"gatehouse.keys.age_seconds":840,"#
                    + #""gatehouse.list":["a","b"],"gatehouse.ok":false,"#
                    + #""gatehouse.reason":"timeout","gatehouse.share":0.5}}"# + "\n"
            ])
    }

    @Test func `a line without facts has no attributes`() {
        logger(.json).info("started")
        #expect(lines.all.first?.hasSuffix(#""body":"started"}"# + "\n") == true)
    }

    @Test func `a text line is time, level, message and pairs`() {
        logger(.text).info(
            "keys refreshed", facts: ["gatehouse.issuer": "https://a.example/oidc", "n": 2])
        logger(.text).error("stopped", facts: ["why": "no room left", "none": ""])
        #expect(
            lines.all == [
                "2026-03-02T10:00:00Z INFO  keys refreshed "
                    + "gatehouse.issuer=https://a.example/oidc n=2\n",
                "2026-03-02T10:00:00Z ERROR stopped none=\"\" why=\"no room left\"\n",
            ])
    }

    @Test(arguments: [LogFormat.json, .text])
    func `no value ends its line or reaches a terminal as a command`(_ format: LogFormat) {
        let hostile = "a\nb\r\u{1B}[31m\u{9B}2J\u{7F}\u{202E}\u{2028}\u{0}\t\"\\ x=1"
        logger(format).info("seen", facts: ["value": .string(hostile)])
        let line = lines.all.joined()
        #expect(line.utf8.filter { $0 == 0x0A }.count == 1)
        #expect(
            line.contains(
                #""a\nb\r\u001b[31m\u009b2J\u007f\u202e\u2028\u0000\t\"\\ x=1""#))
        #expect(
            line.unicodeScalars.dropLast().allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func `a long value is cut`() {
        logger(.json).info("seen", facts: ["value": .string(String(repeating: "é", count: 5_000))])
        let line = lines.all.joined()
        #expect(line.utf8.count < LogText.maxValueBytes + 200)
        #expect(line.contains("é…\""))
    }

    @Test func `a number that JSON does not have is a string`() {
        logger(.json).info("seen", facts: ["value": .double(.infinity)])
        #expect(lines.all.first?.contains(#""value":"inf""#) == true)
    }

    @Test func `lines below the level are not written and their facts not gathered`() {
        let gathered = Mutex(0)
        func facts() -> [String: LogValue] {
            gathered.withLock { $0 += 1 }
            return [:]
        }
        let logger = logger(.json, minimum: .warning)
        logger.info("no", facts: facts())
        logger.debug("no", facts: facts())
        #expect(lines.all.isEmpty)
        #expect(gathered.withLock { $0 } == 0)
        logger.warning("yes", facts: facts())
        #expect(lines.all.count == 1)
        #expect(!logger.writes(.info) && logger.writes(.error))
    }

    @Test func `common facts stand on every line unless it has its own`() {
        let logger = logger(.text).with(["a": 1, "b": 1]).with(["b": 2])
        logger.info("x", facts: ["c": 3])
        logger.info("y", facts: ["a": 9])
        #expect(
            lines.all == [
                "2026-03-02T10:00:00Z INFO  x a=1 b=2 c=3\n",
                "2026-03-02T10:00:00Z INFO  y a=9 b=2\n",
            ])
    }

    @Test func `levels have names`() {
        #expect(LogLevel(name: "warning") == .warning)
        #expect(LogLevel(name: "WARN") == nil)
    }
}
