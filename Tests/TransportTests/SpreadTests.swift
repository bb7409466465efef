import System
import TestSupport
import Testing
import Transport
import Values

/// How connections spread over loops.
@Suite struct SpreadTests {
    private func counts(_ group: EventLoopGroup) async throws -> [Int] {
        let gathered = Mailbox<(Int, Int)>(capacity: group.count)
        await group.broadcast { _ = gathered.send(($0.index, $0.acceptedStreamCount)) }
        gathered.close()
        var counts = Array(repeating: 0, count: group.count)
        while let (index, count) = gathered.receive() { counts[index] = count }
        return counts
    }

    @Test(arguments: [true, false], [2, 3])
    func `of many connections no loop has many more than another`(
        isInFileSystem: Bool, loops: Int
    ) async throws {
        let directory = try TemporaryDirectory()
        let asked: SocketAddress =
            isInFileSystem ? .unix(directory("s")) : .loopback(port: 0)
        let total = 300
        try await withGroup(loops: loops) { group in
            let address = try group.listen(on: asked) { _ in Acceptor { _ in EchoHandler() } }
            // The clients live on a group of their own, one thread for all.
            try await withGroup { clients in
                let journal = try Journal()
                _ = try await clients.run { loop in
                    for _ in 0..<total {
                        let handler = ScriptedHandler(journal)
                        handler.onOpened = { $0.write("x") }
                        _ = try? loop.connect(
                            to: address, handler: handler,
                            deadline: loop.now.monotonic.advanced(by: .seconds(30)))
                    }
                }
                var answered = 0
                while answered < total {
                    let event = try await journal.next()
                    switch event {
                    case .received: answered += 1
                    case .opened: break
                    default:
                        Issue.record("\(String(describing: event))")
                        return
                    }
                }
                let counts = try await self.counts(group)
                #expect(counts.reduce(0, +) == total)
                let most = counts.max() ?? 0
                // An even share, an eighth of it, the slack, and what is on its way meanwhile.
                #expect(most <= total / loops + total / loops / 8 + 32, "\(counts)")
                #expect(Double(most) <= 0.6 * Double(total), "\(counts)")
            }
        }
    }

    @Test func `AV-26 connections on their way to another loop survive the end of listening`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(directory("s"))
        try await withGroup(loops: 2) { group in
            _ = try group.listen(on: address) { _ in Acceptor { _ in EchoHandler() } }
            // One loop is kept busy: the other accepts everything, and hands over.
            let gate = Mailbox<Bool>(capacity: 1)
            #expect(group.inboxes[1].post { _ in _ = gate.receive() })
            var clients: [RawClient] = []
            for _ in 0..<40 {
                clients.append(try await RawClient.connect(path: directory("s")))
            }
            // The first loop has accepted all; nobody else could.
            while try await group.run({ $0.counters.accepted }) < 40 {}
            #expect(try await group.run({ $0.counters.handedOver }) > 0)
            async let stopped: Void = group.stopListening(address)
            gate.close()
            await stopped
            for client in clients {
                try await client.send("x\n")
                #expect(try await client.read(until: "\n") == "x\n")
                await client.close()
            }
        }
    }
}
