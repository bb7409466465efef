import System
import TestSupport
import Testing
import Transport
import Values

/// Many bytes under TLS, and readers that pause.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSTransferTests {
    /// Sends so many bytes, as fast as the peer takes them, then ends.
    private final class Source: StreamHandler {
        private var left: Int
        private var next: UInt8 = 0

        init(_ count: Int) { left = count }

        func opened(_ stream: ByteStream) { fill(stream) }
        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            fill(stream)
            return bytes.count
        }
        func writable(_ stream: ByteStream) { fill(stream) }
        func ended(_ stream: ByteStream) {}
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {}

        private func fill(_ stream: ByteStream) {
            while left > 0, !stream.wantsPause {
                var chunk = [UInt8](repeating: 0, count: min(left, 20_011))
                for index in chunk.indices {
                    chunk[index] = next
                    next = next &+ 1 == 251 ? 0 : next &+ 1
                }
                left -= chunk.count
                // A small head and a body, as answers are written.
                let head = Array(chunk.prefix(100))
                let body = Array(chunk.dropFirst(100))
                stream.write(head.span, body.span)
                if left == 0 { stream.finishWriting() }
            }
        }
    }

    /// Checks what comes, pauses after every delivery, and leaves a part unconsumed.
    private final class Sink: StreamHandler {
        private let expected: Int
        private let done: Mailbox<String>
        private var count = 0
        private var deliveries = 0

        init(_ expected: Int, _ done: Mailbox<String>) {
            self.expected = expected
            self.done = done
        }

        func opened(_ stream: ByteStream) { stream.write("go") }
        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            deliveries += 1
            let taken = deliveries % 3 == 0 ? bytes.count : (bytes.count + 1) / 2
            for index in 0..<taken {
                if bytes[index] != UInt8((count + index) % 251) {
                    _ = done.send("wrong byte at \(count + index)")
                    stream.abort()
                    return taken
                }
            }
            count += taken
            if deliveries % 2 == 0 {
                stream.pauseReading()
                let box = ByteStreamBox(stream)
                if !stream.loop.inbox.post({ _ in box.stream.resumeReading() }) {
                    _ = done.send("no room")
                }
            } else if taken < bytes.count {
                stream.pauseReading()
                stream.resumeReading()
            }
            return taken
        }
        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) {
            _ = done.send(count == expected ? "all, \(stream.endedCleanly)" : "only \(count)")
            stream.close()
        }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {
            _ = done.send("\(failure)")
        }
        func deadlinePassed(_ stream: ByteStream) {}
    }

    private static let size = 6_000_000

    @Test func `a server's bytes all come to a client that pauses`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let target = try authority.target()
        try await withGroup(loops: 2) { group in
            let port = try group.listenTLS(context) { _ in Source(Self.size) }
            let done = Mailbox<String>(capacity: 4)
            try await connect(group, port, target) { Sink(Self.size, done) }
            #expect(try await waited(for: done) == "all, true")
        }
    }

    @Test func `a client's bytes all come to a server that pauses`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let target = try authority.target()
        try await withGroup(loops: 2) { group in
            let done = Mailbox<String>(capacity: 4)
            let port = try group.listenTLS(context) { _ in Sink(Self.size, done) }
            try await connect(group, port, target) { Source(Self.size) }
            #expect(try await waited(for: done) == "all, true")
            await group.broadcast { #expect($0.lentBytes == 0) }
        }
    }

    @Test(arguments: ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"])
    func `curl takes a large answer, and sends a large request`(version: String) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context) { _ in OneAnswer(bytes: Self.size) }
            let command =
                "head -c \(Self.size) /dev/zero | curl -sS --http1.1 \(version) --cacert "
                + "\(authority.own.certificate) -T - -H 'Transfer-Encoding:' "
                + "-H 'Content-Length: \(Self.size)' -H Expect: https://localhost:\(port)/ | wc -c"
            let ending = try await ChildProcess.run("sh", ["-c", command], in: "/")
            #expect(ending.output == "\(Self.size)\n", "\(ending.messages)")
            #expect(ending.messages.isEmpty)
        }
    }

    @Test func `an upstream whose connection ends without a farewell did not end cleanly`()
        async throws
    {
        let server = try await OpenSSLServer.started(name: "localhost")
        let target = TLSTarget(
            context: try TLSClientContext(
                authoritiesPEM: FileSystem.read(server.certificate, maxBytes: 65_536)),
            serverName: "localhost", protocols: [])
        try await withGroup { group in
            let journal = try Journal()
            let endings = Mailbox<Bool>(capacity: 1)
            try await group.connectTLS(port: server.port, target, journal: journal) { handler in
                handler.onEnded = { stream in
                    _ = endings.send(stream.endedCleanly)
                    stream.close()
                }
            }
            #expect(try await journal.next() == .opened)
            server.stop()
            let event = try await journal.next()
            #expect(event == .ended || event == .failed(.reset))
            if event == .ended { #expect(endings.receive() == false) }
        }
    }

    private func connect(
        _ group: EventLoopGroup, _ port: UInt16, _ target: TLSTarget,
        _ make: @escaping @Sendable () -> any StreamHandler
    ) async throws {
        _ = try await group.run { loop in
            do throws(TransportFailure) {
                _ = try loop.connect(
                    to: .loopback(port: port), tls: target, handler: make(),
                    deadline: loop.now.monotonic.advanced(by: .seconds(30)))
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    private func waited(for done: Mailbox<String>) async throws -> String? {
        let reader = try ThreadConfined<Void>(name: "waiting", capacity: 1)
        let answer = try await reader.run { _ in done.receive() }
        await reader.stop()
        return answer
    }

    /// Reads a request whose body has so many bytes, answers with as many, and closes.
    private final class OneAnswer: StreamHandler {
        private let bytes: Int
        private var body = -1
        private var left = 0

        init(bytes: Int) { self.bytes = bytes }

        func opened(_ stream: ByteStream) {}
        func received(_ input: Span<UInt8>, on stream: ByteStream) -> Int {
            if body < 0 {
                let text = input.text
                guard let end = text.range(of: "\r\n\r\n") else { return 0 }
                body = text.utf8.distance(from: text.startIndex, to: end)
                let head = text.utf8.distance(from: text.startIndex, to: end)
                body = 0
                return took(head, stream)
            }
            body += input.count
            return took(input.count, stream)
        }
        func writable(_ stream: ByteStream) { fill(stream) }
        func ended(_ stream: ByteStream) {}
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {}

        private func took(_ count: Int, _ stream: ByteStream) -> Int {
            if body == bytes {
                left = bytes
                stream.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                fill(stream)
            }
            return count
        }

        private func fill(_ stream: ByteStream) {
            while left > 0, !stream.wantsPause {
                let count = min(left, 50_000)
                left -= count
                stream.write([UInt8](repeating: 0, count: count))
                if left == 0 { stream.close() }
            }
        }
    }
}

extension String {
    /// Where a text begins to be over.
    fileprivate func range(of text: String) -> String.Index? {
        let bytes = Array(utf8)
        guard let found = bytes.firstRange(of: Array(text.utf8)) else { return nil }
        return utf8.index(startIndex, offsetBy: found.upperBound)
    }
}
