import Documents
import TestSupport
import Values

/// A running `gatehouse serve` between an emulated Logto and an upstream that a script plays.
struct ServeSite {
    let process: ChildProcess
    let folder: TemporaryDirectory
    /// The upstream of every route.
    let upstream: ScriptedServer
    /// The root of Logto's URLs.
    let logto: String
    /// The root of the gateway's URLs.
    let gateway: String
    /// The root of the admin listener's URLs.
    let admin: String

    static let greeting: ScriptedServer.Script = { _ in
        [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8))]
    }

    /// The operator's file.
    static func configuration(
        listen: String = "127.0.0.1:0", logto: String, upstream: String,
        policies: String = "policies"
    ) -> String {
        """
        gatehouse: 1
        kind: gateway
        listen: [{address: "\(listen)"}]
        admin: "127.0.0.1:0"
        logto:
          endpoint: "\(logto)"
          audiences: ["https://api.acme.example"]
          management: {client_id: app, client_secret: "${env:TEST_SECRET}"}
        upstreams:
          projects: {url: "\(upstream)"}
          billing: {url: "\(upstream)"}
        policies: \(policies)

        """
    }

    /// Runs a body beside it.
    static func with(
        policies: String = "policies", more: String = "",
        script: @escaping ScriptedServer.Script = greeting,
        prepare: (TemporaryDirectory) throws -> Void = { try $0.copyPolicies() },
        _ body: (ServeSite) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory()
        try prepare(folder)
        let upstream = try ScriptedServer(script)
        defer { upstream.stop() }
        try await Gatehouse.with(
            ["emulator", "--listen", "127.0.0.1:0", "--state", folder("logto.json")]
        ) { emulator in
            try await emulator.text(with: "good for an hour")
            let state = try folder.json("logto.json")
            let logto = state["logto"]?["endpoint"]?.stringValue ?? ""
            try folder.write(
                "gatehouse.yaml",
                configuration(logto: logto, upstream: upstream.url, policies: policies) + more)
            try await Gatehouse.with(
                ["serve"], in: folder.path, environment: ["TEST_SECRET": "a-secret"]
            ) { process in
                let said = try await process.text(with: "gateway serving", in: .messages)
                try await process.text(with: "keys in use", in: .messages)
                let line = said.split(separator: "\n").last.map { Array($0.utf8) } ?? []
                let facts = try JSONReader.read(line)["attributes"]
                let address = facts?["gatehouse.addresses"]?.arrayValue?.first?.stringValue
                let admin = facts?["gatehouse.admin"]?.stringValue
                try await body(
                    ServeSite(
                        process: process, folder: folder, upstream: upstream, logto: logto,
                        gateway: "http://\(address ?? "")", admin: "http://\(admin ?? "")"))
            }
        }
    }

    /// A token of a person in an organization.
    func token(of subject: String, in organization: String) async throws -> String {
        let answer = try await HTTPCall.send(
            "POST", logto + "/emulator/tokens", headers: [("Content-Type", "application/json")],
            body: #"{"subject":"\#(subject)","organization":"\#(organization)"}"#)
        guard let token = answer.json["token"]?.stringValue else {
            throw HTTPCall.Malformed("no token: \(answer.body)")
        }
        return token
    }

    /// The status that a request gets.
    func status(_ method: String, _ path: String, token: String? = nil) async throws -> Int {
        try await HTTPCall.send(
            method, gateway + path,
            headers: token.map { [("Authorization", "Bearer \($0)")] } ?? []
        ).status
    }
}
