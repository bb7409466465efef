import Documents
import HTTPProxy
import Synchronization
import TestSupport
import Transport
import Values

@testable import LogtoEmulator

/// A recorded scenario, sent to an emulator in this process and compared answer by answer.
struct Scenario {
    static let base = "http://127.0.0.1:3301"

    private let name: String
    private let emulator: EmulatedLogto
    private let clock: TestClock
    private let comparesAll: Bool
    private var bindings = Bindings(base: base)
    private var latest = ""

    /// Sends the whole file; the differences, and how many answers were compared.
    ///
    /// - Parameter comparesAll: also what did not repeat itself on a second real Logto, because the
    ///   sign-in pages are no part of the recordings.
    static func replay(
        _ name: String, comparesAll: Bool = false
    ) throws -> (compared: Int, differences: [String]) {
        let clock = TestClock()
        let emulator = try EmulatedLogto(
            configuration: EmulatorConfiguration(
                endpoint: base, seeded: false, clock: { clock.now }))
        var scenario = Scenario(
            name: name, emulator: emulator, clock: clock, comparesAll: comparesAll)
        return try scenario.run()
    }

    private init(
        name: String, emulator: EmulatedLogto, clock: TestClock, comparesAll: Bool
    ) {
        self.comparesAll = comparesAll
        self.name = name
        self.emulator = emulator
        self.clock = clock
    }

    private mutating func run() throws -> (compared: Int, differences: [String]) {
        let unstable = try ScriptJSON.read(
            SharedData.bytes(of: "logto/recorded/unstable.json")
        ).value
        let skipped = (unstable[name] ?? .null).texts
        let lines = try SharedData.bytes(of: "logto/recorded/\(name)")
            .split(separator: UInt8(ascii: "\n"))
        var compared = 0
        var differences: [String] = []
        var management = ""
        for line in lines {
            let row = try ScriptJSON.read(Array(line)).value
            guard let request = row["request"], let expected = row["response"] else { continue }
            if let at = row["at"]?.stringValue, let time = UnixTime(rfc3339: at) {
                clock.set(time)
            }
            if management.isEmpty { management = try emulator.managementToken() }
            let label = row["case"]?.stringValue ?? ""
            if request["target"]?.stringValue?.hasPrefix("/oidc/auth") == true {
                try signIn(row["signIn"])
                continue
            }
            let found = answer(request, expected, row, management: management)
            if skipped.has(label), !comparesAll { continue }
            compared += 1
            differences += found.map { "\(label): \($0)" }
        }
        return (compared, differences)
    }

    /// Does what the sign-in pages did, which the recordings leave out.
    private func signIn(_ made: JSONValue?) throws {
        guard let made else { return }
        _ = try emulator.authorize(
            user: bindings.translate(made["userId"]?.stringValue ?? ""),
            client: bindings.translate(made["clientId"]?.stringValue ?? ""),
            scopes: OpenIDScopes.list(made["scope"]?.stringValue ?? ""),
            resources: (made["resources"] ?? .null).texts,
            code: made["code"]?.stringValue)
    }

    private mutating func answer(
        _ sent: JSONValue, _ expected: JSONValue, _ row: JSONValue, management: String
    ) -> [String] {
        let target = bindings.translate(sent["target"]?.stringValue ?? "")
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let method = HTTPMethod(token: sent["method"]?.stringValue ?? "") else { return [] }
        let outcome = emulator.handle(
            LocalRequest(
                method: method, path: String(parts[0]),
                query: parts.count > 1 ? String(parts[1]) : nil,
                headers: headers(sent, management), body: body(sent, row),
                requestID: RequestID("r"), peer: .unix(""), receivedAt: clock.now))
        guard case .response(let response, _) = outcome else { return ["no answer"] }
        return compare(response, expected)
    }

    private func headers(_ sent: JSONValue, _ management: String) -> HeaderList {
        var headers: HeaderList = ["host": "127.0.0.1:3301"]
        for member in sent["headers"]?.objectValue?.members ?? [] {
            var value = member.value.stringValue ?? ""
            if value.hasPrefix("Bearer {") {
                value = "Bearer " + (value.isExactly("Bearer {management}") ? management : latest)
            } else if value.hasPrefix("Basic "), let pair = Self.basic(value) {
                let text = Array(bindings.translate(pair).utf8)
                value = "Basic " + Base64URL.encode(text)
            }
            headers.append(member.name, bindings.translate(value))
        }
        return headers
    }

    private static func basic(_ value: String) -> String? {
        let text = value.dropFirst("Basic ".count).filter { $0 != "=" }
            .map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        return Base64URL.decode(String(text)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func body(_ sent: JSONValue, _ row: JSONValue) -> [UInt8] {
        if let value = sent["json"] {
            var body = bindings.translate(value)
            for member in row["relative"]?.objectValue?.members ?? [] {
                guard var object = body.objectValue else { continue }
                let shift = member.value.integerValue ?? 0
                object[member.name] = .integer(clock.now.milliseconds + shift)
                body = .object(object)
            }
            return JSONWriter.write(body)
        }
        if let form = sent["form"] {
            var query = QueryString(nil)
            for pair in form.arrayValue ?? [] {
                let texts = pair.texts
                query.items.append((name: texts[0], value: bindings.translate(texts[1])))
            }
            for member in form.objectValue?.members ?? [] {
                let value = bindings.translate(member.value.stringValue ?? "")
                query.items.append((name: member.name, value: value))
            }
            return Array(query.text.utf8)
        }
        if let pattern = sent["body_pattern"] {
            let times = Int(pattern["times"]?.integerValue ?? 0)
            let middle = String(repeating: pattern["repeat"]?.stringValue ?? "", count: times)
            let text =
                (pattern["before"]?.stringValue ?? "") + middle
                + (pattern["after"]?.stringValue ?? "")
            return Array(text.utf8)
        }
        return Array((sent["body"]?.stringValue ?? "").utf8)
    }

    private mutating func compare(_ response: LocalResponse, _ expected: JSONValue) -> [String] {
        var differences: [String] = []
        let status = expected["status"]?.integerValue ?? 0
        if Int64(response.status) != status {
            differences.append("status \(response.status), recorded \(status)")
        }
        var recorded = HeaderList()
        for pair in expected["headers"]?.arrayValue ?? [] {
            let texts = pair.texts
            if texts.count == 2 { recorded.append(texts[0], texts[1]) }
        }
        for name in ["content-type", "total-number"] {
            let mine = (response.headers[name] ?? "").prefix { $0 != ";" }
            let theirs = (recorded[name] ?? "").prefix { $0 != ";" }
            if mine != theirs { differences.append("\(name): \(mine), recorded \(theirs)") }
        }
        let mine = Self.relations(response.headers)
        let theirs = Self.relations(recorded)
        if mine != theirs { differences.append("link: \(mine), recorded \(theirs)") }
        return differences + compareBody(response.body, expected)
    }

    private mutating func compareBody(_ body: [UInt8], _ expected: JSONValue) -> [String] {
        if let recorded = expected["json"] {
            guard let actual = try? ScriptJSON.read(body).value else { return ["body is not JSON"] }
            bindings.learn(recorded, actual)
            if let token = actual["access_token"]?.stringValue { latest = token }
            var comparison = Comparison(bindings: bindings)
            comparison.compare(recorded, actual)
            return comparison.differences
        }
        if expected["body_length"] != nil { return [] }
        let wanted = bindings.translate(expected["body"]?.stringValue ?? "")
        let text = String(decoding: body, as: UTF8.self)
        return text.isExactly(wanted) ? [] : ["body \(text.prefix(80)), recorded \(wanted)"]
    }

    private static func relations(_ headers: HeaderList) -> [String] {
        headers.all("link").compactMap { line in
            line.split(separator: "\"").dropFirst().first.map(String.init)
        }.sorted()
    }
}

/// A clock that stands where a test puts it.
final class TestClock: Sendable {
    private let time = Mutex(UnixTime(milliseconds: 1_790_000_000_000))

    var now: UnixTime { time.withLock { $0 } }

    func set(_ now: UnixTime) {
        time.withLock { $0 = now }
    }

    func advance(seconds: Int64) {
        time.withLock { $0 = $0.advanced(bySeconds: seconds) }
    }
}
