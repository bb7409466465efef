import Documents
import FoundationEssentials
import TestSupport
import Values

/// A running `gatehouse dev` on a copy of the example policies.
struct DevSite {
    let process: ChildProcess
    let folder: TemporaryDirectory
    /// The file for scripts.
    let state: JSONValue

    static let portOptions = [
        "--port", "0", "--admin-port", "0", "--logto-port", "0", "--projects-port", "0",
        "--billing-port", "0",
    ]

    /// Runs a body beside it.
    static func with(
        ports: [String] = portOptions, _ body: (DevSite) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        try await Gatehouse.with(["dev"] + ports, in: folder.path) { process in
            // The page is printed after the file was written.
            try await process.text(with: "Decisions, as they happen")
            try await body(
                DevSite(
                    process: process, folder: folder, state: try folder.json(".gatehouse/dev.json"))
            )
        }
    }

    /// Whether the file for scripts is there.
    var hasState: Bool {
        FileManager.default.fileExists(atPath: folder(".gatehouse/dev.json"))
    }

    /// A text in the file, by the names of the members that lead to it.
    func text(_ path: String...) -> String {
        var value: JSONValue? = state
        for name in path { value = value?[name] }
        return value?.stringValue ?? ""
    }

    /// The requests of the file.
    var requests: [JSONValue] { state["requests"]?.arrayValue ?? [] }

    /// Sends one of the file's requests.
    func send(_ request: JSONValue) async throws -> HTTPCall.Answer {
        try await HTTPCall.send(
            request["method"]?.stringValue ?? "", request["url"]?.stringValue ?? "",
            headers: (request["headers"]?.objectValue?.members ?? []).map {
                ($0.name, $0.value.stringValue ?? "")
            }, body: request["body"]?.stringValue)
    }

    /// Sends a request to the gateway with a token of the file.
    func send(
        _ method: String, _ path: String, as person: String, _ token: String, body: String? = nil
    ) async throws -> HTTPCall.Answer {
        var headers = [
            (name: "Authorization", value: "Bearer \(text("people", person, "tokens", token))")
        ]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        return try await HTTPCall.send(
            method, text("gateway") + path, headers: headers, body: body)
    }

    /// Calls the emulator's Management API.
    func manage(_ path: String) async throws -> HTTPCall.Answer {
        try await HTTPCall.send(
            "GET", text("logto", "endpoint") + path,
            headers: [("Authorization", "Bearer \(text("logto", "management", "token"))")])
    }

    /// Makes one call to the emulator fail.
    func fail(_ fault: JSONValue) async throws {
        let answer = try await HTTPCall.send(
            "POST", text("logto", "endpoint") + "/emulator/faults",
            headers: [("Content-Type", "application/json")],
            body: String(decoding: JSONWriter.write(fault), as: UTF8.self))
        guard (200..<300).contains(answer.status) else {
            throw HTTPCall.Malformed("faults: \(answer.status) \(answer.body)")
        }
    }
}
