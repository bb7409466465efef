import Documents
import Glibc
import HTTPProxy
import Synchronization
import TestSupport
import Testing
import Transport
import Values

/// Streams of mutated requests, sent through the proxy to h11, to nginx and to HAProxy. Whatever is
/// accepted they read in the same way, or refuse: the same requests in the same number, with the same
/// method, target, host and body.
@Suite(
    .enabled("needs python3-h11, nginx and haproxy") {
        PythonH11.isPresent && Peer.isInstalled("nginx", "haproxy")
    })
struct StreamDifferentialTests {
    /// Why h11 refuses what we accept, by a part of its message.
    private static let documentedRefusals: [String] = []

    @Test(.timeLimit(.minutes(240)))
    func `what is accepted, h11 and nginx and HAProxy read in the same way`() async throws {
        let isLong = unsafe getenv("GATEHOUSE_LONG") != nil
        let first = UInt64.random(in: 0 ... .max >> 1)
        var totals = Totals()
        // Programs beside a test are ended after two minutes: each batch has its own.
        for batch in 0..<(isLong ? 400 : 1) {
            let seed = first + UInt64(batch)
            print("stream differential: seed \(seed)")
            try await run(seed: seed, count: isLong ? 500 : 250, &totals)
        }
        print("stream differential: \(totals)")
        // A mutator that only makes nonsense would prove nothing.
        #expect(totals.accepted > 100 && totals.refused > 30 && totals.readByPeers > 150)
    }

    private struct Totals {
        var (accepted, refused, readByPeers, refusedByPeers, reset) = (0, 0, 0, 0, 0)
    }

    /// Names every request that was admitted.
    private final class Cases: Sendable {
        private let state = Mutex<(name: String, route: Int, admitted: [String])>(("", 0, []))

        func begin(_ name: String, route: Int) {
            state.withLock { ($0.name, $0.route) = (name, route) }
        }

        func admit() -> (name: String, route: Int) {
            state.withLock { state in
                let name = "\(state.name)-\(state.admitted.count)"
                state.admitted.append(name)
                return (name, state.route)
            }
        }

        var admitted: Set<String> { state.withLock { Set($0.admitted) } }
    }

    private func run(seed: UInt64, count: Int, _ totals: inout Totals) async throws {
        var mutator = StreamMutator(seed: seed)
        let streams = (0..<count).map { _ in mutator.next() }
        let views = try PythonH11.read(streams, with: "h11_streams.py")
        try #require(views.count == count)
        let cases = Cases()
        var counted = totals
        let log = try await Self.withPeers(cases) { proxy in
            for (number, stream) in streams.enumerated() {
                let comment: Comment = """
                    seed \(seed), stream \(number): \
                    \(String(decoding: stream, as: UTF8.self).debugDescription)
                    """
                var answers: [[Answer]?] = []
                for route in 0..<3 {
                    cases.begin("\(number)-\(route)", route: route)
                    answers.append(try await Self.send(stream, to: proxy))
                }
                guard let direct = answers[0] else {
                    counted.reset += 1
                    continue
                }
                Self.compare(direct, with: StreamView(views[number]), comment, &counted)
                for peer in answers.dropFirst() {
                    guard let peer else {
                        counted.reset += 1
                        continue
                    }
                    Self.compare(peer, with: direct, comment, &counted)
                }
            }
        }
        totals = counted
        // Nobody read a request that was not judged, and nobody read one twice.
        var seen: Set<String> = []
        for line in log {
            if let reason = line["refused"]?.asText {
                Issue.record("seed \(seed): an upstream refuses (\(reason)) \(line)")
                continue
            }
            let names = line["case"]?.asTexts ?? []
            #expect(names.count == 1, "seed \(seed): \(line)")
            for name in names {
                #expect(cases.admitted.contains(name), "seed \(seed): \(line)")
                #expect(seen.insert(name).inserted, "seed \(seed), read twice: \(line)")
            }
        }
    }

    // MARK: Comparing

    /// An answer: its status, and how the upstream read the request where one did.
    private struct Answer {
        let status: Int
        let read: JSONValue?
    }

    /// How h11 reads what the client sent.
    private struct StreamView {
        let messages: [JSONValue]
        let end: String

        init(_ value: JSONValue) {
            if case .array(let all)? = value["messages"] { messages = all } else { messages = [] }
            end = value["end"]?.asText ?? ""
        }
    }

    private static func compare(
        _ answers: [Answer], with view: StreamView, _ comment: Comment, _ totals: inout Totals
    ) {
        for (index, answer) in answers.enumerated() {
            guard let read = answer.read else {
                totals.refused += 1
                continue
            }
            totals.accepted += 1
            guard index < view.messages.count else {
                let isDocumented = documentedRefusals.contains { view.end.range(of: $0) != nil }
                #expect(isDocumented, "h11 has no request \(index) (\(view.end)); \(comment)")
                continue
            }
            let theirs = view.messages[index]
            #expect(
                read["method"] == theirs["method"] && read["host"] == theirs["host"]
                    && read["body"] == theirs["body"]
                    && read["target"]?.asText == origin(theirs["target"]?.asText),
                "request \(index) is \(theirs) to h11, and \(read) to the upstream; \(comment)")
            let trailers = theirs["trailers"]?.asTexts ?? []
            let passed = read["trailers"]?.asTexts ?? []
            let areTheirs = passed.allSatisfy { trailers.contains($0) }
            #expect(areTheirs, "trailers \(passed) of \(trailers); \(comment)")
        }
        #expect(
            answers.count >= view.messages.count || answers.contains { $0.read == nil },
            "\(view.messages.count) requests, \(answers.count) answers; \(comment)")
    }

    private static func compare(
        _ peer: [Answer], with direct: [Answer], _ comment: Comment, _ totals: inout Totals
    ) {
        // A peer may refuse a request before its body is complete, or end the connection with that.
        let more = peer.dropFirst(direct.count)
        let isRefusing = peer.contains { $0.read == nil }
        #expect(
            more.allSatisfy { $0.read == nil } && (peer.count >= direct.count || isRefusing),
            "\(peer), not \(direct); \(comment)")
        for (ours, theirs) in zip(direct, peer) {
            guard let read = theirs.read else {
                if ours.read != nil { totals.refusedByPeers += 1 }
                continue
            }
            totals.readByPeers += 1
            #expect(
                read["method"] == ours.read?["method"] && read["host"] == ours.read?["host"]
                    && read["target"] == ours.read?["target"]
                    && read["body"] == ours.read?["body"],
                "\(read) behind the peer, \(ours) without it; \(comment)")
        }
    }

    /// The target as it is sent on.
    private static func origin(_ target: String?) -> String? {
        guard let target, target.lowercased().hasPrefix("http://") else { return target }
        return target.dropFirst(7).firstIndex(of: "/").map { String(target[$0...]) } ?? target
    }

    // MARK: Sending

    /// Sends a stream and reads every answer; nil where the connection broke off.
    private static func send(
        _ stream: [UInt8], to proxy: ProxyUnderTest
    ) async throws -> [Answer]? {
        let client = try await proxy.connect()
        var bytes: [UInt8]?
        do {
            try await client.send(stream)
            try await client.finishWriting()
            bytes = try await client.readToEnd()
        } catch RawClient.Failure.reset {
        } catch RawClient.Failure.other {
            // The end of writing came after the end of the connection.
            bytes = try? await client.readToEnd()
        }
        await client.close()
        return try bytes.map(answers)
    }

    /// Takes the answers apart; no body of one holds a status line.
    private static func answers(_ bytes: [UInt8]) throws -> [Answer] {
        let mark = Array("HTTP/1.1 ".utf8)
        var starts = bytes.indices.filter { start in
            bytes[start...].starts(with: mark) && start + 12 < bytes.count
                && bytes[start + 9] &- UInt8(ascii: "0") < 10
        }
        starts.append(bytes.count)
        var answers: [Answer] = []
        for (start, end) in zip(starts, starts.dropFirst()) {
            let text = String(decoding: bytes[start..<end], as: UTF8.self)
            let status = Int(text.utf8.dropFirst(9).prefix(3).map { String($0 - 48) }.joined()) ?? 0
            if status < 200 { continue }
            let line = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("x-read: ") }
            let read = try line.map { line in
                try JSONReader.read(hexadecimal(line.dropFirst("x-read: ".count)))
            }
            answers.append(Answer(status: status, read: read))
        }
        return answers
    }

    private static func hexadecimal(_ text: Substring) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    // MARK: The site

    /// Runs a body with a proxy whose upstreams are h11, nginx in front of it and HAProxy in front of
    /// it.
    ///
    /// - Returns: what h11 printed.
    private static func withPeers(
        _ cases: Cases, _ body: (ProxyUnderTest) async throws -> Void
    ) async throws -> [JSONValue] {
        try await ChildProcess.with(
            "/usr/bin/python3", [SourceTree.root + "/Tests/Python/h11_upstream.py"], in: "/"
        ) { upstream in
            let port = try await upstream.text(with: "port ").split(separator: " ").last ?? ""
            let address = "127.0.0.1:\(port)"
            try await Peer.nginx(nginx(address)) { nginx in
                try await Peer.haproxy(haproxy(address)) { haproxy in
                    var options = ProxyUnderTest.Options()
                    options.target = SocketAddress(address)
                    options.configure = { configuration in
                        configuration.upstreams += [
                            .init(name: "nginx", address: nginx),
                            .init(name: "haproxy", address: haproxy),
                        ]
                    }
                    options.verdict = { _, edits in
                        let (name, route) = cases.admit()
                        edits.requestLines.append(text: "X-Case: \(name)\r\n")
                        return .forward(to: route, rules: .standard)
                    }
                    try await ProxyUnderTest.run(options, body)
                }
            }
            upstream.send(SIGTERM)
            return try await upstream.ended().output.split(separator: "\n").dropFirst().map {
                try JSONReader.read(Array($0.utf8))
            }
        }
    }

    private static func nginx(_ upstream: String) -> String {
        """
        upstream reader { server \(upstream); keepalive 8; }
        server {
            listen SOCKET;
            location / {
                proxy_pass http://reader;
                proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                proxy_set_header Connection "";
                proxy_request_buffering off;
                proxy_buffer_size 32k;
                proxy_buffers 8 32k;
                proxy_next_upstream off;
            }
        }
        """
    }

    private static func haproxy(_ upstream: String) -> String {
        """
        frontend front
            bind SOCKET
            default_backend readers
        backend readers
            server reader \(upstream)
        """
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        if case .object(let object) = self { return object[name] }
        return nil
    }

    fileprivate var asText: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    fileprivate var asTexts: [String]? {
        guard case .array(let values) = self else { return nil }
        return values.compactMap(\.asText)
    }
}
