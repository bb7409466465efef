import System
import TestSupport
import Testing
import Transport
import Values

@Suite struct EchoTests {
    @Test(arguments: [1, 2])
    func `what is sent comes back`(loops: Int) async throws {
        try await withGroup(loops: loops) { group in
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
        }
    }

    @Test func `many megabytes come back whole, whatever the buffers`() async throws {
        try await withGroup { group in
            let address = try group.listen(on: .loopback(port: 0)) { _ in
                Acceptor { _ in EchoHandler() }
            }
            let client = try await RawClient.connect(
                port: try #require(address.port), receiveBuffer: 16_384)
            let reader = client
            let bytes = (0..<2_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            // Sending blocks until the echo is read, and one client is one thread.
            let chunk = 100_000
            var offset = 0
            while offset < bytes.count {
                let part = Array(bytes[offset..<min(offset + chunk, bytes.count)])
                try await client.send(part)
                #expect(try await reader.read(count: part.count) == part)
                offset += part.count
            }
            await client.close()
            let lent = try await group.run { $0.lentBytes }
            #expect(lent == 0)
        }
    }

    @Test func `a socket in the file system works alike`() async throws {
        let directory = try TemporaryDirectory()
        try await withGroup(loops: 2) { group in
            let address = try #require(SocketAddress("unix:" + directory("s")))
            let bound = try group.listen(on: address) { _ in Acceptor { _ in EchoHandler() } }
            #expect(bound == address)
            for _ in 0..<4 {
                let client = try await RawClient.connect(path: directory("s"))
                try await client.send("x\n")
                #expect(try await client.read(until: "\n") == "x\n")
                await client.close()
            }
            await group.stopListening(address)
            #expect(try directory.names().isEmpty)
        }
    }

    @Test func `the loop connects to itself, to every kind of address`() async throws {
        let directory = try TemporaryDirectory()
        let texts = ["127.0.0.1:0", "[::1]:0", "unix:" + directory("s")]
        for text in texts {
            try await withGroup { group in
                let address = try #require(SocketAddress(text))
                let bound = try group.listen(on: address) { _ in Acceptor { _ in EchoHandler() } }
                let journal = try Journal()
                try await group.run { loop in
                    let handler = ScriptedHandler(journal)
                    handler.onReceived = { bytes, stream in
                        stream.close()
                        return bytes.count
                    }
                    let stream = try? loop.connect(
                        to: bound, handler: handler,
                        deadline: loop.now.monotonic.advanced(by: .seconds(10)))
                    stream?.write("early")
                }
                #expect(try await journal.next() == .opened)
                #expect(try await journal.next() == .received("early"))
            }
        }
    }
}
