import Logto
import Synchronization
import Telemetry
import TestSupport
import Values

extension ManualClock {
    /// The clock as services take it; chance always says a half.
    var service: ServiceClock {
        ServiceClock(
            monotonic: { self.now }, wall: { self.wall }, sleep: { await self.sleep($0) },
            random: { 0.5 })
    }
}

/// Keeps every log line.
final class LineList: LogSink {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func write(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        lines.withLock { $0.append(text) }
    }

    func logger() -> Logger {
        Logger(minimum: .debug, format: .text, sink: self, time: { UnixTime(seconds: 0) })
    }

    /// Lines of one level.
    func of(_ level: String) -> [String] { all.filter { $0.contains(" \(level) ") } }
}

/// A value that a test changes while others read it.
final class Box<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }

    func change<Answer: Sendable>(_ body: (inout Value) -> Answer) -> Answer {
        content.withLock { value in body(&value) }
    }
}

/// Public keys made for these tests, as an issuer would publish them.
enum TestKeys {
    private static let coordinates = [
        (
            "56QzpYYwhIU_QNDrI4WW6EsIXbiKD9Edtj7iRnntCEQ",
            "I6_CKCtz5MPAdIcucqeb4XF1oZNh9iGDw6wYUgAhVKM"
        ),
        (
            "BFbtROuOD_IUamUUIgOxrS7IFe9un4FgGfjOXa220pY",
            "bTrc_crCOV8wSZiyNxtrVt5pW5DOF9yxsqv41XA2kAc"
        ),
        (
            "tWKzH8SXxIl2pYgMv08KlSDAS02RT0XvYljwEtB6iAI",
            "pkUX_OFlMhdv5LQuWZRuBcwb80w6CJbNc7MUsueSe4E"
        ),
    ]

    static func entry(_ number: Int, kid: String) -> String {
        let (x, y) = coordinates[number]
        return #"{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"\#(kid)","#
            + #""x":"\#(x)","y":"\#(y)"}"#
    }

    static func set(_ entries: String...) -> String {
        #"{"keys":[\#(entries.joined(separator: ","))]}"#
    }

    static let first = set(entry(0, kid: "k1"))
    static let both = set(entry(0, kid: "k1"), entry(1, kid: "k2"))
}
