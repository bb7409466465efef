import System
import TestSupport
import Testing
import Transport
import Values

/// Connections that we ask for.
@Suite struct ConnectTests {
    /// Connects from the loop, with a handler made by a script.
    private func connecting(
        to address: SocketAddress, limits: LoopLimits = .fast,
        within time: Duration = .seconds(10),
        _ script: @escaping @Sendable (ScriptedHandler) -> Void = { _ in },
        _ body: (Journal, EventLoopGroup) async throws -> Void
    ) async throws {
        try await withGroup(limits: limits) { group in
            let journal = try Journal()
            let failure = try await group.run { loop -> TransportFailure? in
                let handler = ScriptedHandler(journal)
                script(handler)
                do throws(TransportFailure) {
                    _ = try loop.connect(
                        to: address, handler: handler,
                        deadline: loop.now.monotonic.advanced(by: time))
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { journal.add(.failed(failure)) }
            try await body(journal, group)
        }
    }

    @Test func `nobody listening is a refusal`() async throws {
        let server = try RawServer()
        let address = SocketAddress.loopback(port: server.port)
        await server.close()
        try await connecting(to: address) { journal, group in
            let event = try await journal.next()
            #expect(event == .failed(.refused))
            #expect(try await group.run { $0.streamCount } == 0)
            #expect(try await group.run { $0.counters.connectFailures } == 1)
        }
    }

    @Test func `a missing socket file is a refusal`() async throws {
        let directory = try TemporaryDirectory()
        try await connecting(to: .unix(directory("none"))) { journal, _ in
            let event = try await journal.next()
            #expect(event == .failed(.refused))
        }
    }

    @Test(arguments: ["255.255.255.255:80", "[100::1]:80"])
    func `an address that no way leads to is unreachable`(text: String) async throws {
        let address = try #require(SocketAddress(text))
        try await connecting(to: address, within: .milliseconds(50)) { journal, _ in
            let event = try await journal.next()
            // Where the machine has a way to nowhere, nobody answers there.
            let expected: [ScriptedHandler.Event] = [
                .failed(.unreachable), .failed(.connectTimedOut),
            ]
            #expect(expected.contains(try #require(event)))
        }
    }

    @Test func `a listener whose queue is full lets the time run out`() async throws {
        let server = try RawServer(backlog: 0)
        // One connection fills a queue of length nought.
        let first = try await RawClient.connect(port: server.port)
        try await connecting(
            to: .loopback(port: server.port), within: .milliseconds(50)
        ) { journal, group in
            let event = try await journal.next()
            #expect(event == .failed(.connectTimedOut))
            #expect(try await group.run { $0.streamCount } == 0)
        }
        await first.close()
        await server.close()
    }

    @Test func `what was written early is sent, then both sides talk and finish`() async throws {
        let server = try RawServer()
        try await connecting(to: .loopback(port: server.port)) { handler in
            handler.onOpened = { stream in
                #expect(stream.deadline == nil)
                #expect(stream.isOutgoing)
                stream.write("hello")
                stream.finishWriting()
            }
            handler.onEnded = { $0.close() }
        } _: { journal, _ in
            let peer = try await server.accept()
            #expect(try await peer.readTextToEnd() == "hello")
            try await peer.send("bye")
            await peer.close()
            #expect(try await journal.next() == .opened)
            #expect(try await journal.next() == .received("bye"))
            #expect(try await journal.next() == .ended)
        }
        await server.close()
    }

    @Test func `an upstream's early answer is heard before its reset`() async throws {
        let server = try RawServer()
        let sent = [UInt8](repeating: 1, count: 10_000_000)
        try await connecting(to: .loopback(port: server.port)) { handler in
            handler.onOpened = { stream in
                stream.pauseReading()
                stream.write(sent)
                stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(100))
            }
            handler.onDeadline = { $0.resumeReading() }
        } _: { journal, group in
            let start = try await group.run { $0.now.monotonic }
            let peer = try await server.accept()
            _ = try await peer.read(count: 10)
            try await peer.send("413")
            // Unread input makes the kernel send a reset.
            await peer.close()
            #expect(try await journal.next() == .opened)
            #expect(try await journal.next() == .deadlinePassed)
            #expect(try await journal.next() == .received("413"))
            var last = try await journal.next()
            if last == .ended { last = try await journal.next() }
            #expect(last == .failed(.reset))
            #expect(try await group.run { $0.lentBytes } == 0)
            #expect(try await group.run { $0.rested(since: start) })
        }
        await server.close()
    }

    @Test func `an answer that waits while reading is paused survives the peer's leaving`()
        async throws
    {
        let server = try RawServer()
        try await connecting(to: .loopback(port: server.port)) { handler in
            handler.onOpened = { stream in
                stream.pauseReading()
                stream.finishWriting()
                stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(100))
            }
            handler.onDeadline = { $0.resumeReading() }
            handler.onEnded = { $0.close() }
        } _: { journal, group in
            let start = try await group.run { $0.now.monotonic }
            let peer = try await server.accept()
            #expect(try await peer.readToEnd().isEmpty)
            try await peer.send("late")
            await peer.close()
            #expect(try await journal.next() == .opened)
            #expect(try await journal.next() == .deadlinePassed)
            #expect(try await journal.next() == .received("late"))
            #expect(try await journal.next() == .ended)
            #expect(try await group.run { $0.rested(since: start) })
        }
        await server.close()
    }

    @Test func `a connection given up before it is there tells nobody`() async throws {
        let server = try RawServer()
        let address = SocketAddress.loopback(port: server.port)
        try await withGroup { group in
            let journal = try Journal()
            try await group.run { loop in
                let stream = try? loop.connect(
                    to: address, handler: ScriptedHandler(journal),
                    deadline: loop.now.monotonic.advanced(by: .seconds(10)))
                stream?.write("early")
                stream?.close()
            }
            #expect(try await group.run { $0.streamCount } == 0)
            #expect(try await journal.rest().isEmpty)
        }
        await server.close()
    }
}
