import System
import TestSupport
import Testing
import Transport
import Values

/// What the kernel does not take at once, closing and failing.
@Suite struct OutputTests {
    private func serving(
        limits: LoopLimits = .fast,
        _ script: @escaping @Sendable (ScriptedHandler, ByteStream) -> Void,
        _ body: (RawClient, Journal, EventLoopGroup) async throws -> Void
    ) async throws {
        try await withGroup(limits: limits) { group in
            let journal = try Journal()
            let address = try group.listen(on: .loopback(port: 0)) { _ in
                Acceptor { stream in
                    let handler = ScriptedHandler(journal)
                    script(handler, stream)
                    return handler
                }
            }
            let client = try await RawClient.connect(
                port: try #require(address.port), receiveBuffer: 4096)
            try await body(client, journal, group)
            await client.close()
        }
    }

    private static let large = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test func `a slow reader gets everything, and the writer is told when to go on`() async throws
    {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                stream.write(Self.large)
                #expect(stream.wantsPause)
                #expect(stream.unsentBytes > ByteStream.highMark)
                return bytes.count
            }
            handler.onWritable = { stream in
                #expect(stream.unsentBytes < ByteStream.lowMark)
                #expect(!stream.wantsPause)
                stream.write("end")
                stream.close()
            }
        } _: { client, journal, group in
            try await client.send("go")
            #expect(try await client.readToEnd() == Self.large + Array("end".utf8))
            #expect(try await journal.next() == .received("go"))
            #expect(try await journal.next() == .writable)
            #expect(try await group.run { $0.lentBytes } == 0)
            #expect(try await group.run { $0.streamCount } == 0)
        }
    }

    @Test func `two pieces arrive one after the other, however much of them waits`() async throws {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                let head = Array("head".utf8)
                let none: [UInt8] = []
                stream.write(head.span, none.span)
                stream.write(none.span, head.span)
                stream.write(none.span, none.span)
                stream.write(head.span, Self.large.span)
                stream.write(Self.large.span, head.span)
                stream.close()
                return bytes.count
            }
        } _: { client, _, _ in
            try await client.send("go")
            let head = Array("head".utf8)
            let all = head + head + head + Self.large + Self.large + head
            #expect(try await client.readToEnd() == all)
        }
    }

    @Test func `finishing comes after what is unsent, and reading goes on`() async throws {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                if bytes.text == "go" {
                    stream.write(Self.large)
                    stream.finishWriting()
                    stream.finishWriting()
                    stream.write("dropped, since nothing follows a finish")
                }
                return bytes.count
            }
            handler.onEnded = { $0.close() }
        } _: { client, journal, _ in
            try await client.send("go")
            #expect(try await client.readToEnd() == Self.large)
            #expect(try await journal.next() == .received("go"))
            #expect(try await journal.next() == .writable)
            try await client.send("still heard")
            #expect(try await journal.next() == .received("still heard"))
            try await client.finishWriting()
            #expect(try await journal.next() == .ended)
        }
    }

    @Test func `HTTP-38 a client that does not read what a closed stream left is cut off`()
        async throws
    {
        var limits = LoopLimits.fast
        limits.closing = .milliseconds(50)
        try await serving(limits: limits) { handler, _ in
            handler.onReceived = { bytes, stream in
                stream.write(Self.large)
                stream.close()
                return bytes.count
            }
        } _: { client, journal, group in
            try await client.send("go")
            #expect(try await journal.next() == .received("go"))
            // The stream goes away by its deadline, not because anybody read.
            while try await group.run({ $0.streamCount }) > 0 {}
            #expect(try await group.run { $0.lentBytes } == 0)
            await #expect(throws: RawClient.Failure.reset) { try await client.readToEnd() }
        }
    }

    @Test func `more unsent output than allowed ends the stream`() async throws {
        var limits = LoopLimits.fast
        limits.unsentBytes = 100_000
        try await serving(limits: limits) { handler, _ in
            handler.onReceived = { bytes, stream in
                for _ in 0..<1000 { stream.write(Self.large) }
                return bytes.count
            }
        } _: { client, journal, group in
            try await client.send("go")
            #expect(try await journal.next() == .received("go"))
            #expect(try await journal.next() == .failed(.outputLimit))
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `a loop whose memory is used up ends the stream that asks for more`() async throws {
        var limits = LoopLimits.fast
        limits.bufferBytes = 200_000
        try await serving(limits: limits) { handler, _ in
            handler.onReceived = { bytes, stream in
                stream.write(Self.large)
                return bytes.count
            }
        } _: { client, journal, group in
            try await client.send("go")
            #expect(try await journal.next() == .received("go"))
            #expect(try await journal.next() == .failed(.bufferLimit))
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `an abort is a reset`() async throws {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                stream.write(Self.large)
                stream.abort()
                stream.abort()
                stream.close()
                stream.write("nobody")
                stream.finishWriting()
                stream.resumeReading()
                return 0
            }
        } _: { client, journal, group in
            try await client.send("go")
            await #expect(throws: RawClient.Failure.reset) { try await client.readToEnd() }
            #expect(try await journal.rest() == [.received("go")])
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `a lingering close gets the answer through to a client that still sends`()
        async throws
    {
        try await serving { handler, _ in
            handler.onReceived = { _, stream in
                stream.write("too large\n")
                stream.closeLingering()
                return 0
            }
        } _: { client, _, group in
            try await client.send([UInt8](repeating: 1, count: 5_000_000))
            try await client.send([UInt8](repeating: 2, count: 1_000_000))
            try await client.finishWriting()
            #expect(try await client.readTextToEnd() == "too large\n")
            while try await group.run({ $0.streamCount }) > 0 {}
        }
    }

    @Test func `a lingering close ends, whatever the client does`() async throws {
        var limits = LoopLimits.fast
        limits.lingering = .milliseconds(30)
        try await serving(limits: limits) { handler, _ in
            handler.onReceived = { bytes, stream in
                stream.write("bye")
                stream.closeLingering()
                return bytes.count
            }
        } _: { client, _, group in
            try await client.send("go")
            #expect(try await client.readTextToEnd() == "bye")
            while try await group.run({ $0.streamCount }) > 0 {}
        }
    }

    @Test func `writing to a peer that is gone is told once, at the end of the tick`() async throws
    {
        try await serving { handler, stream in
            stream.pauseReading()
            stream.deadline = stream.loop.now.monotonic
            handler.onDeadline = { stream in
                stream.write("x")
                stream.deadline = stream.loop.now.monotonic
            }
        } _: { client, journal, group in
            await client.close()
            var event = try await journal.next()
            while event == .deadlinePassed { event = try await journal.next() }
            #expect(event == .failed(.reset))
            #expect(try await group.run { $0.streamCount } == 0)
        }
    }

    @Test func `a stream may be closed before its handler is there`() async throws {
        try await serving { _, stream in
            stream.write("bye")
            stream.close()
        } _: { client, journal, group in
            let text = try await client.readTextToEnd()
            #expect(text == "bye")
            #expect(try await group.run { $0.streamCount } == 0)
            #expect(try await journal.rest().isEmpty)
        }
    }
}
