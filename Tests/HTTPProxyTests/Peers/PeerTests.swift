import HTTPProxy
import TestSupport
import Testing
import Transport

/// Programs that people really use, on both sides of the proxy.
@Suite(
    .enabled("needs curl, nginx, haproxy and wrk") {
        Peer.isInstalled("curl", "nginx", "haproxy", "wrk")
    })
struct PeerTests {
    /// Two mebibytes that are no two times the same.
    private static let content = (0..<262_144).map { number in
        let digits = String(number, radix: 36)
        return String(repeating: "0", count: 7 - digits.utf8.count) + digits + "\n"
    }.joined()

    /// Runs a body with a proxy in front of nginx, which serves a file, and a folder for curl.
    private static func beforeNginx(
        _ body: (ProxyUnderTest, TemporaryDirectory) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory()
        try folder.write("files/content", content)
        let server = """
            server {
                listen SOCKET;
                location /files/ { alias \(folder("files"))/; }
            }
            """
        try await Peer.nginx(server) { address in
            var options = ProxyUnderTest.Options()
            options.target = address
            try await ProxyUnderTest.run(options) { try await body($0, folder) }
        }
    }

    /// What curl printed; it must have ended well.
    private static func curl(
        _ arguments: [String], in folder: TemporaryDirectory,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let ending = try await ChildProcess.run(
            Peer.path("curl") ?? "curl",
            ["--silent", "--show-error", "--fail", "--max-time", "60"] + arguments, in: folder.path)
        #expect(
            ending.code == 0, "\(arguments): \(ending.messages)", sourceLocation: sourceLocation)
        return ending.output
    }

    @Test func `curl downloads, asks for parts, resumes and asks for heads`() async throws {
        try await Self.beforeNginx { proxy, folder in
            let url = "http://127.0.0.1:\(proxy.port)/files/content"
            let whole = try await Self.curl([url], in: folder)
            #expect(whole == Self.content)
            let part = try await Self.curl(["--range", "8-23", url], in: folder)
            #expect(part == "0000001\n0000002\n")
            try folder.write("half", String(Self.content.prefix(1_000_000)))
            _ = try await Self.curl(["--continue-at", "-", "--output", "half", url], in: folder)
            let resumed = try await ChildProcess.run("cat", ["half"], in: folder.path)
            #expect(resumed.output == Self.content)
            let head = try await Self.curl(["--head", url], in: folder)
            #expect(head.range(of: "HTTP/1.1 200 OK\r\n") != nil)
            #expect(head.range(of: "Content-Length: \(Self.content.utf8.count)\r\n") != nil)
            let old = try await Self.curl(["--http1.0", url], in: folder)
            #expect(old == Self.content)
            let etag =
                head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }
                .map { String($0.dropFirst(6)) } ?? ""
            let unchanged = try await Self.curl(
                ["--write-out", "%{http_code}", "--header", "If-None-Match: \(etag)", url],
                in: folder)
            #expect(unchanged == "304")
            // Several on one connection.
            let both = try await Self.curl(
                ["--write-out", "%{num_connects}", "--range", "0-6", url, url], in: folder)
            #expect(both == "0000000100000000")
        }
    }

    @Test func `curl uploads to a WSGI server, with a length, in chunks and after a 100`()
        async throws
    {
        try await ChildProcess.with(
            "/usr/bin/python3", [SourceTree.root + "/Tests/Python/wsgi_upstream.py"], in: "/"
        ) { server in
            let port = try await server.text(with: "port ").split(separator: " ").last ?? ""
            var options = ProxyUnderTest.Options()
            options.target = SocketAddress("127.0.0.1:\(port)")
            try await ProxyUnderTest.run(options) { proxy in
                let folder = try TemporaryDirectory()
                try folder.write("content", Self.content)
                let url = "http://127.0.0.1:\(proxy.port)/put/content?a=b%20c"
                let sum = try await ChildProcess.run("sha256sum", ["content"], in: folder.path)
                let digest = String(sum.output.prefix(64))
                for more in [["--header", "Expect:"], ["--header", "Expect: 100-continue"]] {
                    let told = try await Self.curl(
                        ["--upload-file", "content"] + more + [url], in: folder)
                    #expect(told.contains("\"method\": \"PUT\""), "\(told)")
                    #expect(told.contains("\"query\": \"a=b%20c\""), "\(told)")
                    #expect(told.contains("\"size\": \(Self.content.utf8.count)"), "\(told)")
                    #expect(told.contains(digest), "\(told)")
                }
                let form = try await Self.curl(["--data", "a=b", url], in: folder)
                #expect(form.contains("\"method\": \"POST\"") && form.contains("\"size\": 3"))
                let get = try await Self.curl([url, url], in: folder)
                #expect(get.occurrences(of: "\"method\": \"GET\"") == 2)
            }
        }
    }

    @Test func `requests come through nginx and through HAProxy as they were sent`() async throws {
        try await ProxyUnderTest.run { proxy in
            let folder = try TemporaryDirectory()
            try folder.write("content", String(Self.content.prefix(100_000)))
            let front = """
                client_max_body_size 0;
                server {
                    listen SOCKET;
                    location / {
                        proxy_pass http://127.0.0.1:\(proxy.port);
                        proxy_http_version 1.1;
                        proxy_set_header Host $http_host;
                        proxy_set_header Connection "";
                    }
                }
                """
            try await Peer.nginx(front) { try await Self.exchanges(by: $0, proxy, folder) }
            let sections = """
                frontend front
                    bind SOCKET
                    default_backend gateways
                backend gateways
                    server gateway 127.0.0.1:\(proxy.port)
                """
            try await Peer.haproxy(sections) { try await Self.exchanges(by: $0, proxy, folder) }
        }
    }

    @Test(arguments: ["send-proxy", "send-proxy-v2"])
    func `HAProxy's PROXY header names the client, under TLS as well`(_ option: String)
        async throws
    {
        let authority = try await TestAuthority()
        let server = try await authority.issue("server")
        var options = ProxyUnderTest.Options()
        options.listener = ListenerSettings(
            tls: try TLSServerContext(identities: [
                try TLSIdentity(certificatePEM: server.certificatePEM, keyPEM: server.keyPEM)
            ]),
            proxyProtocol: AddressSet([AddressRange("127.0.0.1")].compactMap(\.self)))
        try await ProxyUnderTest.run(options) { proxy in
            let sections = """
                frontend front
                    bind SOCKET
                    default_backend gateways
                backend gateways
                    server gateway 127.0.0.1:\(proxy.port) \(option) ssl verify required \
                ca-file \(authority.own.certificate) sni str(localhost) verifyhost localhost
                """
            try await Peer.haproxy(sections) { address in
                guard case .unix(let socket) = address else { return }
                let folder = try TemporaryDirectory()
                let answer = try await Self.curl(
                    ["--unix-socket", socket, "http://g/a"], in: folder)
                #expect(answer == "ok")
            }
            // HAProxy's client came over a socket without an address: it says LOCAL or UNKNOWN, and
            // the peer is HAProxy itself.
            let request = try #require(proxy.upstream.requests.first)
            #expect(request.range(of: "X-Forwarded-For: 127.0.0.1\r\n") != nil, "\(request)")
            #expect(request.range(of: "X-Forwarded-Proto: https\r\n") != nil)
        }
    }

    /// A few exchanges with a socket.
    private static func exchanges(
        by address: SocketAddress, _ proxy: ProxyUnderTest, _ folder: TemporaryDirectory
    ) async throws {
        guard case .unix(let socket) = address else { return }
        let before = proxy.upstream.requests.count
        let common = ["--unix-socket", socket]
        #expect(try await curl(common + ["http://g/a/b%20c?d=e%2ff"], in: folder) == "ok")
        #expect(try await curl(common + ["--head", "http://g/a"], in: folder).contains("200 OK"))
        for framing in ["Transfer-Encoding: chunked", "Expect:"] {
            let answer = try await curl(
                common + ["--header", framing, "--upload-file", "content", "http://g/up"],
                in: folder)
            #expect(answer == "ok")
        }
        let requests = proxy.upstream.requests.dropFirst(before)
        try #require(requests.count == 4)
        #expect(
            requests[before].lowercased().hasPrefix(
                "get /a/b%20c?d=e%2ff http/1.1\r\nhost: g\r\n"))
        #expect(requests[before + 1].hasPrefix("HEAD /a HTTP/1.1\r\n"))
        for request in requests.suffix(2) {
            #expect(request.hasPrefix("PUT /up HTTP/1.1\r\n"))
            #expect(request.utf8.count > 100_000)
        }
    }

    @Test func `wrk finds no error in a moment of load`() async throws {
        try await Self.beforeNginx { proxy, folder in
            let url = "http://127.0.0.1:\(proxy.port)/files/content"
            let ending = try await ChildProcess.run(
                Peer.path("wrk") ?? "wrk",
                ["-t1", "-c16", "-d1s", "--timeout", "30s", "-H", "Range: bytes=0-99", url],
                in: folder.path)
            #expect(ending.code == 0)
            #expect(ending.output.contains("requests in"))
            #expect(!ending.output.contains("Socket errors"), "\(ending.output)")
            #expect(!ending.output.contains("Non-2xx"), "\(ending.output)")
        }
    }
}
