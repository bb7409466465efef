import Documents
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct EmulatorCommandTests {
    /// The recordings that are replayed, by the first numbers of their files.
    static let recordings = ["02", "20", "32", "35", "40", "93", "94", "95"]

    /// Each recording begins from a fresh tenant, so that each gets a process of its own.
    @Test(.enabled(if: SharedData.isPresent), arguments: recordings)
    func `a recording of a real Logto has no difference`(_ number: String) async throws {
        let recorded = "\(SharedData.root)/logto/recorded"
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(recorded)/management")
            .filter { $0.hasPrefix("\(number)-") }
        #expect(files.count == 1)
        try await Self.with(["--empty"]) { _, logto in
            let ending = try await ChildProcess.run(
                "/usr/bin/python3",
                [
                    "-B", "\(recorded)/replay.py",
                    "--base", logto["endpoint"]?.stringValue ?? "",
                    "--token", logto["management"]?["token"]?.stringValue ?? "",
                ] + files.map { "\(recorded)/management/\($0)" }, in: "/")
            #expect(ending.code == 0, "\(ending.output)\(ending.messages)")
            #expect(ending.output.hasSuffix(" passed, 0 failed\n"))
            #expect(!ending.output.hasPrefix("0 passed"))
        }
    }

    @Test func `it prints what the file for scripts says`() async throws {
        try await Self.with([]) { process, logto in
            let page = process.text()
            #expect(logto.objectValue?.members.map(\.name) == ["endpoint", "issuer", "management"])
            for value in [
                logto["endpoint"], logto["issuer"], logto["management"]?["resource"],
                logto["management"]?["client_id"], logto["management"]?["client_secret"],
                logto["management"]?["token"],
            ] {
                let text = try #require(value?.stringValue)
                #expect(!text.isEmpty)
                #expect(page.contains(text), "\(text)")
            }
        }
    }

    @Test(arguments: [(["--empty"], false), ([], true)])
    func `people are there, or a tenant as Logto seeds it`(
        _ options: [String], _ seeded: Bool
    ) async throws {
        try await Self.with(options) { _, logto in
            let url = logto["endpoint"]?.stringValue ?? ""
            let issuer = try await HTTPCall.send(
                "GET", "\(url)/oidc/.well-known/openid-configuration")
            #expect(issuer.json["issuer"] == logto["issuer"])
            let people = try await HTTPCall.send(
                "GET", "\(url)/api/users/u_ann",
                headers: [
                    (
                        "Authorization",
                        "Bearer \(logto["management"]?["token"]?.stringValue ?? "")"
                    )
                ])
            #expect(people.status == (seeded ? 200 : 404))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends it with 0`(_ signal: Int32) async throws {
        try await Self.with([]) { process, _ in
            process.send(signal)
            #expect(await process.ended().code == 0)
        }
    }

    @Test func `an address in use is 2 and named`() async throws {
        try await Self.with([]) { _, logto in
            let address = (logto["endpoint"]?.stringValue ?? "").dropFirst("http://".count)
            let ending = try await Gatehouse.run("emulator", "--listen", String(address))
            #expect(ending.code == 2)
            #expect(ending.output == "")
            #expect(ending.messages.contains("\(address)"), "\(ending.messages)")
            #expect(ending.messages.contains("in use"), "\(ending.messages)")
        }
    }

    private static func with(
        _ options: [String], _ body: (ChildProcess, JSONValue) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory()
        try await Gatehouse.with(
            ["emulator", "--listen", "127.0.0.1:0", "--state", folder("state.json")] + options
        ) { process in
            // The file is written before the page is printed; the token is its end.
            try await process.text(with: "A Management API token, good for an hour:\n\ney")
            let state = try folder.json("state.json")
            try await body(process, state["logto"] ?? .null)
        }
    }
}
