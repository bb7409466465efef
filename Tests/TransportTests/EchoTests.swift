import TestSupport
import Testing
import Transport

@Suite struct EchoTests {
    @Test(arguments: [1, 2])
    func `what is sent comes back`(loops: Int) async throws {
        let group = try EventLoopGroup(count: loops, name: "echo")
        group.start()
        let address = try group.listen(on: .loopback(port: 0)) { _ in
            Acceptor { _ in EchoHandler() }
        }
        let port = try #require(address.port)
        for round in 0..<8 {
            let client = try await RawClient.connect(port: port)
            try await client.send("hello \(round)\n")
            #expect(try await client.read(until: "\n") == "hello \(round)\n")
            try await client.finishWriting()
            #expect(try await client.readToEnd().isEmpty)
            await client.close()
        }
        await group.stop(drainDeadline: .seconds(5))
    }
}
