import System
import TestSupport
import Testing
import Transport
import Values

@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSStreamTests {
    @Test func `bytes go both ways under TLS, and both sides end cleanly`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let journal = try Journal()
            let target = try authority.target()
            try await group.connectTLS(port: port, target, journal: journal) { handler in
                handler.onOpened = { $0.write("hello") }
                handler.onReceived = { bytes, stream in
                    stream.finishWriting()
                    return bytes.count
                }
                handler.onEnded = { stream in
                    #expect(stream.endedCleanly)
                    stream.close()
                }
            }
            #expect(try await journal.next() == .opened)
            #expect(try await journal.next() == .received("hello"))
            #expect(try await journal.next() == .ended)
            #expect(try await group.counters().handshakes == 2)
        }
    }

    @Test func `what is written before the handshake is done is sent then, in order`() async throws
    {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let journal = try Journal()
            let target = try authority.target()
            let early = String(repeating: "early ", count: 30_000)
            let count = early.utf8.count + 4
            _ = try await group.run { loop in
                let handler = ScriptedHandler(journal)
                handler.isQuiet = true
                handler.onOpened = {
                    $0.write("last")
                    $0.finishWriting()
                }
                var received = 0
                handler.onReceived = { bytes, stream in
                    received += bytes.count
                    if received == count { journal.add(.received(bytes.text.suffix(4) + "")) }
                    return bytes.count
                }
                let stream = try? loop.connect(
                    to: .loopback(port: port), tls: target, handler: handler,
                    deadline: loop.now.monotonic.advanced(by: .seconds(30)))
                stream?.write(early)
                #expect(stream?.wantsPause == true)
            }
            #expect(try await journal.next() == .opened)
            var event = try await journal.next()
            if event == .writable { event = try await journal.next() }
            #expect(event == .received("last"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `the openssl client is served under both versions`(version: String) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context) { _ in LineEcho() }
            let ending = try await authority.openSSLClient(
                port: port, [version, "-ign_eof", "-quiet"], says: "hello")
            #expect(ending.code == 0, "\(ending.messages)")
            #expect(ending.output == "hello\n")
        }
    }

    @Test(arguments: ["-tls1", "-tls1_1"])
    func `older versions are refused`(version: String) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let ending = try await authority.openSSLClient(
                port: port, [version, "-cipher", "DEFAULT@SECLEVEL=0"])
            #expect(ending.code != 0)
            #expect(ending.messages.contains("protocol version"), "\(ending.messages)")
            #expect(try await group.counters().handshakeFailures[.noCommonVersion] == 1)
        }
    }
}

/// Sends a line back and closes.
final class LineEcho: StreamHandler {
    func opened(_ stream: ByteStream) {}
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        stream.write(bytes)
        stream.close()
        return bytes.count
    }
    func writable(_ stream: ByteStream) {}
    func ended(_ stream: ByteStream) { stream.close() }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
    func deadlinePassed(_ stream: ByteStream) { stream.abort() }
}
