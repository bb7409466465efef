import Logto
import Outbound
import System
import Telemetry
import TestSupport
import Values

/// A tenant whose answers a test sets: the token endpoint gives `machine-1`, `machine-2`, … with
/// the scope `all`, unless told otherwise.
final class TestTenant: Sendable {
    typealias Answer = @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]

    let clock = ManualClock()
    let lines = LineList()
    let metrics = Metrics()
    let server: ScriptedServer
    let client: OutboundClient
    let tokens: MachineTokenSource
    let management: ManagementClient
    let tokenAnswer: Box<Answer?> = Box(nil)

    init(deadline: Duration = .seconds(10), _ api: @escaping Answer = { _ in [.close] }) throws {
        let tokenAnswer = tokenAnswer
        let issued = Box(0)
        server = try ScriptedServer { request in
            guard request.target == "/oidc/token" else { return api(request) }
            if let answer = tokenAnswer.value { return answer(request) }
            let number = issued.change { number in
                number += 1
                return number
            }
            return TestTenant.token("machine-\(number)")
        }
        client = try OutboundClient(metrics: metrics, clock: Clocks.monotonic)
        let endpoint = try LogtoEndpoint(server.url)
        tokens = MachineTokenSource(
            MachineCredentials(
                endpoint: endpoint, clientID: ClientID("app:1"),
                clientSecret: Secret("s e/cret")),
            client: client, clock: clock.service, logger: lines.logger())
        management = ManagementClient(
            endpoint: endpoint, tokens: tokens, client: client, deadline: deadline,
            metrics: metrics, logger: lines.logger())
    }

    static func token(_ value: String, life: Int = 3_600, scope: String? = "all") -> [ScriptedServer
        .Step]
    {
        let scope = scope.map { #","scope":"\#($0)""# } ?? ""
        return ScriptedServer.json(
            200,
            #"{"access_token":"\#(value)","expires_in":\#(life),"token_type":"Bearer"\#(scope)}"#)
    }

    /// Calls of the Management API, without those of the token endpoint.
    var calls: [ScriptedServer.Request] { server.requests.filter { $0.target != "/oidc/token" } }

    var tokenCalls: [ScriptedServer.Request] {
        server.requests.filter { $0.target == "/oidc/token" }
    }

    func stop() async {
        server.stop()
        await client.shutdown()
    }

    /// The failure of a call, or nil.
    func failure<Answer>(
        _ call: (ManagementClient) async throws -> Answer
    ) async -> LogtoFailure? {
        do {
            _ = try await call(management)
            return nil
        } catch {
            return error as? LogtoFailure
        }
    }

    var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return String(decoding: page.text(), as: UTF8.self)
    }
}
