import Documents
import HTTPProxy
import Transport
import Values

@testable import LogtoEmulator

/// Calls an emulator in this process.
struct EmulatorClient {
    static let endpoint = "http://127.0.0.1:3301"

    let emulator: EmulatedLogto
    let clock: TestClock

    /// An emulator of its own.
    init(
        seeded: Bool = true, customClaims: EmulatorConfiguration.CustomClaims = .none,
        onCall: (@Sendable (EmulatorCall) -> Void)? = nil
    ) throws {
        let clock = TestClock()
        self.clock = clock
        emulator = try EmulatedLogto(
            configuration: EmulatorConfiguration(
                endpoint: Self.endpoint, seeded: seeded, customClaims: customClaims,
                clock: { clock.now }, onCall: onCall))
    }

    /// What came back.
    struct Reply {
        let status: Int
        let headers: HeaderList
        let body: [UInt8]

        var json: JSONValue { (try? JSONReader.read(body)) ?? .null }
    }

    /// Sends a request; nil where the connection was closed instead.
    func send(
        _ method: HTTPMethod, _ target: String, headers: HeaderList = [:], body: [UInt8] = []
    ) -> Reply? {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        var all = headers
        all.append("Host", "127.0.0.1:3301")
        let outcome = emulator.handle(
            LocalRequest(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil,
                headers: all, body: body, requestID: RequestID("r"), peer: .unix(""),
                receivedAt: clock.now))
        guard case .response(let response, _) = outcome else { return nil }
        return Reply(status: response.status, headers: response.headers, body: response.body)
    }

    /// A call of the Management API with its token.
    func manage(_ method: HTTPMethod, _ target: String, _ json: JSONValue? = nil) throws -> Reply? {
        var headers: HeaderList = [
            "Authorization": "Bearer \(try emulator.managementToken())"
        ]
        if json != nil { headers.append("Content-Type", "application/json") }
        return send(method, target, headers: headers, body: json.map(JSONWriter.write) ?? [])
    }

    /// A call of the token endpoint.
    func token(
        _ form: [(name: String, value: String)], basic: (String, String)? = nil,
        query: String = ""
    ) -> Reply? {
        var text = QueryString(nil)
        text.items = form
        var headers: HeaderList = ["Content-Type": "application/x-www-form-urlencoded"]
        if let basic {
            let pair = Base64URL.encode(Array("\(basic.0):\(basic.1)".utf8))
            headers.append("Authorization", "Basic \(pair)")
        }
        return send(.post, "/oidc/token\(query)", headers: headers, body: Array(text.text.utf8))
    }

    /// The claims of a token, unverified.
    static func claims(_ token: String) -> JSONValue {
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3, let bytes = Base64URL.decode(parts[1]) else { return .null }
        return (try? JSONReader.read(bytes)) ?? .null
    }
}
