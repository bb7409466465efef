import System
import TestSupport
import Testing
import Transport
import Values

/// Handlers and peers that do whatever comes: nothing traps, nothing is lost, nothing stays behind.
@Suite struct RandomTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `whatever handlers and peers do, the loop keeps its books`(seed: UInt64) async throws {
        var limits = LoopLimits.fast
        limits.closing = .milliseconds(20)
        limits.lingering = .milliseconds(20)
        limits.unsentBytes = 600_000
        limits.bufferBytes = 2_000_000
        try await withGroup(loops: 2, limits: limits) { group in
            let address = try group.listen(on: .loopback(port: 0)) { loop in
                Acceptor { _ in
                    let number = UInt64(loop.streamCount) &+ loop.counters.accepted &* 31
                    return RandomHandler(SplitMix(seed: seed &* 1000 &+ number))
                }
            }
            let port = try #require(address.port)
            await group.broadcast { $0.attach(Target(address)) }
            try await withThrowingTaskGroup(of: Void.self) { clients in
                for number in 0..<12 {
                    clients.addTask {
                        await Self.misbehave(SplitMix(seed: seed &* 77 &+ UInt64(number)), port)
                    }
                }
                try await clients.waitForAll()
            }
            // Nobody connects any more, and every stream ends sooner or later by its deadline.
            await group.broadcast { $0.detach(Target.self) }
            var open = Int.max
            while open > 0 {
                let counted = Counted()
                await group.broadcast { counted.add($0.streamCount) }
                open = counted.value
            }
            let lent = Counted()
            await group.broadcast { lent.add($0.lentBytes) }
            #expect(lent.value == 0)
        }
    }

    /// A client that sends, reads, finishes, closes and resets at random.
    private static func misbehave(_ random: SplitMix, _ port: UInt16) async {
        var random = random
        for _ in 0..<6 {
            guard
                let client = try? await RawClient.connect(
                    port: port, receiveBuffer: random.next() % 2 == 0 ? 4096 : nil)
            else { continue }
            for _ in 0..<Int(random.next() % 6) {
                let size = [1, 7, 4096, 70_000, 200_000][Int(random.next() % 5)]
                switch random.next() % 5 {
                case 0, 1, 2:
                    try? await client.send([UInt8](repeating: 65, count: min(size, 70_000)))
                case 3: try? await client.finishWriting()
                default: break
                }
            }
            if random.next() % 2 == 0 { await client.close() } else { await client.reset() }
        }
    }
}

/// Where the loop connects to at random: itself.
private final class Target {
    let address: SocketAddress
    init(_ address: SocketAddress) { self.address = address }
}

/// Does something at random in every event.
private final class RandomHandler: StreamHandler {
    private var random: SplitMix
    private var isOver = false

    init(_ random: SplitMix) { self.random = random }

    func opened(_ stream: ByteStream) { act(stream) }
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        #expect(!isOver, "told after the end")
        let before = bytes.count
        act(stream)
        switch random.next() % 4 {
        case 0: return 0
        case 1: return before / 2
        default: return before
        }
    }
    func writable(_ stream: ByteStream) { act(stream) }
    func ended(_ stream: ByteStream) { act(stream) }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        #expect(!isOver, "told after the end")
        #expect(!stream.isOpen)
        isOver = true
        stream.write("late")
        stream.resumeReading()
        stream.finishWriting()
        stream.close()
        stream.closeLingering()
        stream.abort()
        stream.deadline = stream.loop.now.monotonic
    }
    func deadlinePassed(_ stream: ByteStream) { act(stream) }

    private func act(_ stream: ByteStream) {
        #expect(!isOver, "told after the end")
        for _ in 0..<Int(random.next() % 4) {
            switch random.next() % 24 {
            case 0...5: stream.write([UInt8](repeating: 66, count: Int(random.next() % 50_000)))
            case 6: stream.write([UInt8](repeating: 67, count: 400_000))
            case 7...10: stream.pauseReading()
            case 11...15: stream.resumeReading()
            case 16: stream.finishWriting()
            case 17: end { stream.close() }
            case 18: end { stream.closeLingering() }
            case 19: end { stream.abort() }
            case 20: stream.deadline = stream.loop.now.monotonic
            case 21: stream.deadline = nil
            default: connect(stream)
            }
        }
        if stream.deadline == nil, stream.isOpen {
            stream.deadline = stream.loop.now.monotonic.advanced(by: .milliseconds(30))
        }
    }

    private func end(_ close: () -> Void) {
        close()
        isOver = true
    }

    private func connect(_ stream: ByteStream) {
        guard stream.loop.streamCount < 60, let target = stream.loop.attached(Target.self) else {
            return
        }
        let next = RandomHandler(SplitMix(seed: random.next()))
        let time = stream.loop.now.monotonic.advanced(by: .milliseconds(50))
        let outgoing = try? stream.loop.connect(
            to: target.address, handler: next, deadline: time)
        outgoing?.write("hello")
    }
}

/// A small generator whose numbers follow from its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
