import System
import TestSupport
import Testing
import Transport
import Values

/// What a handler does not consume, pauses, half-closes and resets.
@Suite struct InputTests {
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
            let client = try await RawClient.connect(port: try #require(address.port))
            try await body(client, journal, group)
            await client.close()
        }
    }

    @Test func `what is not consumed comes again in front of what follows`() async throws {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                let text = bytes.text
                guard text.hasSuffix("\n") else {
                    stream.write("more\n")
                    return min(1, bytes.count)
                }
                stream.write("done\n")
                return bytes.count
            }
        } _: { client, journal, group in
            try await client.send("abc")
            #expect(try await client.read(until: "\n") == "more\n")
            try await client.send("def")
            #expect(try await client.read(until: "\n") == "more\n")
            try await client.send("g\n")
            #expect(try await client.read(until: "\n") == "done\n")
            #expect(try await journal.next() == .received("abc"))
            #expect(try await journal.next() == .received("bcdef"))
            #expect(try await journal.next() == .received("cdefg\n"))
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `kept input is given again when reading resumes`() async throws {
        try await serving { handler, _ in
            handler.onReceived = { bytes, stream in
                // One byte at a time, pausing after each, resuming from outside the call.
                stream.pauseReading()
                let stream = Unchecked(stream)
                _ = stream.value.loop.inbox.post { _ in stream.value.resumeReading() }
                return 1
            }
            handler.onEnded = { $0.close() }
        } _: { client, journal, group in
            try await client.send("abc")
            try await client.finishWriting()
            for text in ["abc", "bc", "c"] {
                #expect(try await journal.next() == .received(text))
            }
            #expect(try await journal.next() == .ended)
            #expect(try await client.readToEnd().isEmpty)
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `kept input is given again when reading pauses and resumes in one call`()
        async throws
    {
        try await serving { handler, _ in
            handler.onReceived = { _, stream in
                stream.pauseReading()
                stream.resumeReading()
                return 1
            }
            handler.onEnded = { $0.close() }
        } _: { client, journal, _ in
            try await client.send("abc")
            try await client.finishWriting()
            for text in ["abc", "bc", "c"] {
                #expect(try await journal.next() == .received(text))
            }
            #expect(try await journal.next() == .ended)
        }
    }

    @Test func `a paused stream gets nothing, and its loop rests`() async throws {
        try await serving { handler, stream in
            stream.pauseReading()
            handler.onReceived = { bytes, stream in
                stream.write("got\n")
                return bytes.count
            }
            stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(100))
            handler.onDeadline = { $0.resumeReading() }
        } _: { client, journal, group in
            let start = try await group.run { $0.now.monotonic }
            try await client.send("abc")
            #expect(try await journal.next() == .deadlinePassed)
            #expect(try await group.run { $0.rested(since: start) })
            #expect(try await client.read(until: "\n") == "got\n")
            #expect(try await journal.next() == .received("abc"))
        }
    }

    @Test func `input that is never consumed ends the stream at its bound`() async throws {
        try await serving { handler, _ in
            handler.isQuiet = true
            handler.onReceived = { _, _ in 0 }
        } _: { client, journal, group in
            await #expect(throws: RawClient.Failure.self) {
                for _ in 0..<100 { try await client.send([UInt8](repeating: 1, count: 10_000)) }
                _ = try await client.readToEnd()
            }
            let event = try await journal.next()
            #expect(event == .failed(.inputLimit))
            #expect(try await group.run { $0.lentBytes } == 0)
        }
    }

    @Test func `a handler that answers nonsense harms nobody`() async throws {
        try await serving { handler, _ in
            var next = -5
            handler.onReceived = { _, stream in
                stream.write(".")
                defer { next = Int.max }
                return next
            }
        } _: { client, journal, _ in
            try await client.send("abc")
            #expect(try await client.read(count: 1) == [0x2E])
            try await client.send("d")
            #expect(try await client.read(count: 1) == [0x2E])
            #expect(try await journal.next() == .received("abc"))
            #expect(try await journal.next() == .received("abcd"))
        }
    }

    @Test func `after the peer has finished, writing is still possible`() async throws {
        try await serving { handler, _ in
            handler.onEnded = { stream in
                stream.write("the answer")
                stream.close()
            }
        } _: { client, journal, _ in
            try await client.send("question")
            try await client.finishWriting()
            #expect(try await client.readTextToEnd() == "the answer")
            #expect(try await journal.next() == .received("question"))
            #expect(try await journal.next() == .ended)
        }
    }

    @Test func `a peer that has finished and is not answered costs no ticks`() async throws {
        try await serving { handler, _ in
            handler.onEnded = { stream in
                stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(100))
            }
            handler.onDeadline = { $0.close() }
        } _: { client, journal, group in
            let start = try await group.run { $0.now.monotonic }
            try await client.finishWriting()
            #expect(try await journal.next() == .ended)
            #expect(try await journal.next() == .deadlinePassed)
            #expect(try await group.run { $0.rested(since: start) })
        }
    }

    @Test func `both sides having finished costs no ticks`() async throws {
        try await serving { handler, _ in
            handler.onEnded = { stream in
                stream.finishWriting()
                stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(100))
            }
            handler.onDeadline = { $0.close() }
        } _: { client, journal, group in
            let start = try await group.run { $0.now.monotonic }
            try await client.finishWriting()
            #expect(try await client.readToEnd().isEmpty)
            #expect(try await journal.next() == .ended)
            #expect(try await journal.next() == .deadlinePassed)
            #expect(try await group.run { $0.rested(since: start) })
        }
    }

    @Test(arguments: [false, true])
    func `a reset is told, also while reading is paused`(isPaused: Bool) async throws {
        try await serving { _, stream in
            if isPaused { stream.pauseReading() }
        } _: { client, journal, group in
            try await client.send("abc")
            if !isPaused { #expect(try await journal.next() == .received("abc")) }
            await client.reset()
            #expect(try await journal.next() == .failed(.reset))
            #expect(try await group.run { $0.streamCount } == 0)
        }
    }
}

/// Carries a loop's own object through its own inbox.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
