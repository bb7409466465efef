import Synchronization
import System
import TestSupport
import Testing
import Transport
import Values

/// Inboxes, broadcasts, deadlines, hooks and the end.
@Suite struct GroupTests {
    @Test func `work from many threads runs once, in order from each`() async throws {
        try await withGroup { group in
            let inbox = group.inboxes[0]
            let seen = Mailbox<(Int, Int)>(capacity: 100_000)
            var senders: [OwnedThread] = []
            for sender in 0..<4 {
                senders.append(
                    try OwnedThread(name: "sender") {
                        for item in 0..<5000 {
                            #expect(inbox.post { _ in _ = seen.send((sender, item)) })
                        }
                    })
            }
            for sender in senders { await sender.finished() }
            await group.broadcast { _ in }
            seen.close()
            var next = [0, 0, 0, 0]
            while let (sender, item) = seen.receive() {
                #expect(next[sender] == item)
                next[sender] = item + 1
            }
            #expect(next == [5000, 5000, 5000, 5000])
        }
    }

    @Test func `a full inbox refuses, a reserved place is kept`() async throws {
        var limits = LoopLimits.fast
        limits.inboxItems = 3
        try await withGroup(limits: limits) { group in
            let inbox = group.inboxes[0]
            let gate = Mailbox<Bool>(capacity: 1)
            let started = Mailbox<Bool>(capacity: 1)
            let ran = Mailbox<String>(capacity: 10)
            let isPosted = inbox.post { _ in
                _ = started.send(true)
                _ = gate.receive()
            }
            #expect(isPosted)
            let waiter = try ThreadConfined(name: "waiter", capacity: 1)
            _ = try await waiter.run { _ in started.receive() }
            guard let kept = inbox.reserve() else {
                gate.close()
                Issue.record("no place in an empty inbox")
                return
            }
            let isFirst = inbox.post { _ in _ = ran.send("first") }
            #expect(isFirst)
            // Dropped at once, so its room is free again.
            #expect(Self.reserves(inbox))
            let isSecond = inbox.post { _ in _ = ran.send("second") }
            let isThird = inbox.post { _ in _ = ran.send("refused") }
            #expect(isSecond && !isThird)
            #expect(!Self.reserves(inbox))
            #expect(inbox.waiting == 3)
            let isKept = kept.post { _ in _ = ran.send("reserved") }
            #expect(isKept)
            gate.close()
            await group.broadcast { _ in }
            ran.close()
            var order: [String] = []
            while let name = ran.receive() { order.append(name) }
            #expect(order == ["first", "second", "reserved"])
            #expect(inbox.waiting == 0)
            await waiter.stop()
        }
    }

    private static func reserves(_ inbox: Inbox) -> Bool {
        let place = inbox.reserve()
        return place != nil
    }

    @Test func `a broadcast returns when every loop has run it`() async throws {
        try await withGroup(loops: 4) { group in
            for round in 1...50 {
                let count = Counted()
                await group.broadcast { _ in count.add() }
                #expect(count.value == 4, "round \(round)")
            }
        }
    }

    @Test func `a broadcast to a group that has stopped returns`() async throws {
        let group = try EventLoopGroup(count: 2, name: "test")
        group.start()
        await group.stop(drainDeadline: .zero)
        let count = Counted()
        await group.broadcast { _ in count.add() }
        #expect(count.value == 0)
        #expect(!group.inboxes[0].post { _ in })
        #expect(throws: TransportFailure.stopped) {
            try group.listen(on: .loopback(port: 0)) { _ in Acceptor { _ in EchoHandler() } }
        }
        await group.stop(drainDeadline: .zero)
    }

    @Test func `a group that never started stops, and runs what was posted`() async throws {
        let group = try EventLoopGroup(count: 2, name: "test")
        let count = Counted()
        for inbox in group.inboxes { #expect(inbox.post { _ in count.add() }) }
        await group.stop(drainDeadline: .zero)
        #expect(count.value == 2)
    }

    @Test func `accepted work runs also when the loop is ending`() async throws {
        for _ in 0..<20 {
            let group = try EventLoopGroup(count: 1, name: "test")
            group.start()
            let accepted = Counted()
            let ran = Counted()
            let inbox = group.inboxes[0]
            let poster = try OwnedThread(name: "poster") {
                while inbox.post({ _ in ran.add() }) { accepted.add() }
            }
            await group.stop(drainDeadline: .zero)
            await poster.finished()
            #expect(ran.value == accepted.value)
        }
    }

    @Test func `a loop finds its own objects by type and key`() async throws {
        final class Note { let text: String; init(_ text: String) { self.text = text } }
        try await withGroup(loops: 2) { group in
            await group.broadcast { loop in
                loop.attach(Note("\(loop.index)"))
                loop.attach(Note("other \(loop.index)"), key: 1)
            }
            let count = Counted()
            await group.broadcast { loop in
                guard loop.attached(Note.self)?.text == "\(loop.index)",
                    loop.attached(Note.self, key: 1)?.text == "other \(loop.index)",
                    loop.attached(Acceptor.self) == nil
                else { return }
                loop.detach(Note.self)
                if loop.attached(Note.self) == nil { count.add() }
            }
            #expect(count.value == 2)
        }
    }

    @Test func `a deadline that passed is told once, and may be set again`() async throws {
        try await withGroup { group in
            let journal = try Journal()
            let address = try group.listen(on: .loopback(port: 0)) { _ in
                Acceptor { stream in
                    let handler = ScriptedHandler(journal)
                    stream.deadline = stream.loop.now.monotonic
                    var rounds = 0
                    handler.onDeadline = { stream in
                        #expect(stream.deadline == nil)
                        rounds += 1
                        if rounds < 3 {
                            stream.deadline = stream.loop.now.monotonic
                        } else {
                            stream.write("over")
                            stream.close()
                        }
                    }
                    return handler
                }
            }
            let client = try await RawClient.connect(port: try #require(address.port))
            let text = try await client.readTextToEnd()
            #expect(text == "over")
            let rest = try await journal.rest()
            #expect(rest == [.deadlinePassed, .deadlinePassed, .deadlinePassed])
        }
    }

    @Test func `hooks run each tick and each sweep, and both clocks go on`() async throws {
        try await withGroup { group in
            let ticks = Counted()
            let sweeps = Counted()
            await group.broadcast { loop in
                loop.onTickEnd { _ in ticks.add() }
                loop.onSweep { _ in sweeps.add() }
            }
            let before = try await group.run { $0.now }
            while sweeps.value < 3 { await group.broadcast { _ in } }
            let after = try await group.run { $0.now }
            #expect(ticks.value >= sweeps.value)
            #expect(after.monotonic > before.monotonic)
            #expect(after.wall >= before.wall)
        }
    }

    @Test func `AV-26 stopping tells those who asked, waits for streams, and fails the rest`()
        async throws
    {
        let journal = try Journal()
        let group = try EventLoopGroup(count: 1, name: "test", limits: .fast)
        group.start()
        let address = try group.listen(on: .loopback(port: 0)) { loop in
            Acceptor { stream in
                let handler = ScriptedHandler(journal)
                handler.onReceived = { bytes, stream in
                    if bytes.text == "polite" {
                        stream.loop.onStop { _ in
                            stream.write("goodbye")
                            stream.close()
                        }
                    }
                    stream.write("\n")
                    return bytes.count
                }
                return handler
            }
        }
        let port = try #require(address.port)
        let polite = try await RawClient.connect(port: port)
        let stubborn = try await RawClient.connect(port: port)
        try await polite.send("polite")
        _ = try await polite.read(until: "\n")
        try await stubborn.send("stubborn")
        _ = try await stubborn.read(until: "\n")
        await group.stop(drainDeadline: .milliseconds(50))
        #expect(try await polite.readTextToEnd() == "goodbye")
        #expect(try await stubborn.readToEnd().isEmpty)
        let events = try await journal.rest()
        #expect(events == [.received("polite"), .received("stubborn"), .failed(.stopped)])
    }

    @Test func `stopping does not wait for outgoing streams that nobody needs`() async throws {
        let server = try RawServer()
        let address = SocketAddress.loopback(port: server.port)
        let journal = try Journal()
        let group = try EventLoopGroup(count: 1, name: "test")
        group.start()
        try await group.run { loop in
            _ = try? loop.connect(
                to: address, handler: ScriptedHandler(journal),
                deadline: loop.now.monotonic.advanced(by: .seconds(10)))
        }
        #expect(try await journal.next() == .opened)
        await group.stop(drainDeadline: .seconds(3600))
        #expect(try await journal.rest() == [.failed(.stopped)])
        await server.close()
    }

    @Test func `the handler of a stream that is gone is let go`() async throws {
        try await withGroup { group in
            let count = Counted()
            final class Counting: StreamHandler {
                let count: Counted
                init(_ count: Counted) { self.count = count }
                deinit { count.add() }
                func opened(_ stream: ByteStream) {}
                func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int { bytes.count }
                func writable(_ stream: ByteStream) {}
                func ended(_ stream: ByteStream) { stream.close() }
                func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
                func deadlinePassed(_ stream: ByteStream) {}
            }
            let address = try group.listen(on: .loopback(port: 0)) { _ in
                Acceptor { _ in Counting(count) }
            }
            for _ in 0..<10 {
                let client = try await RawClient.connect(port: try #require(address.port))
                try await client.send("x")
                try await client.finishWriting()
                #expect(try await client.readToEnd().isEmpty)
                await client.close()
            }
            await group.broadcast { _ in }
            #expect(count.value == 10)
        }
    }
}

/// A number that threads count up.
final class Counted: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add(_ number: Int = 1) { count.add(number, ordering: .sequentiallyConsistent) }
}
