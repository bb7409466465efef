import Synchronization
import System
import TestSupport
import Testing

@Suite struct ThreadTests {
    @Test func `a thread runs its function and is joined`() async throws {
        let counter = Counter()
        let thread = try OwnedThread(name: "a-name-longer-than-fifteen") { counter.increment() }
        await thread.finished()
        await thread.finished()
        #expect(counter.value == 1)
    }

    @Test func `a thread that does not end is waited for no longer than asked`() async throws {
        let gate = Mailbox<Bool>(capacity: 1)
        let thread = try OwnedThread(name: "stuck") { _ = gate.receive() }
        #expect(await !thread.finished(within: .milliseconds(20)))
        gate.close()
        #expect(await thread.finished(within: .seconds(60)))
        #expect(await thread.finished(within: .zero))
        await thread.finished()
    }

    @Test func `a thread's niceness is its own`() async throws {
        let before = OwnedThread.currentNiceness
        let seen = Mutex<Int32>(-100)
        let thread = try OwnedThread(name: "nice", niceness: before + 3) {
            seen.withLock { $0 = OwnedThread.currentNiceness }
        }
        await thread.finished()
        #expect(seen.withLock { $0 } == min(before + 3, 19))
        #expect(OwnedThread.currentNiceness == before)
    }

    @Test func `a thread that nobody joins is no error`() throws {
        _ = try OwnedThread(name: "alone") {}
    }

    @Test func `work runs in order on the state's own thread`() async throws {
        let worker = try ThreadConfined(name: "worker", capacity: 8) { [Int]() }
        for number in 0..<5 { try await worker.run { $0.append(number) } }
        #expect(try await worker.run { $0 } == [0, 1, 2, 3, 4])
        await worker.stop()
    }

    @Test func `accepted work runs before the thread ends, later work is refused`() async throws {
        let worker = try ThreadConfined(name: "worker", capacity: 100)
        let gate = Mailbox<Bool>(capacity: 1)
        let counter = Counter()
        #expect(worker.post { _ in _ = gate.receive() })
        for _ in 0..<50 { #expect(worker.post { _ in counter.increment() }) }
        gate.close()
        await worker.stop()
        #expect(counter.value == 50)
        #expect(!worker.post { _ in })
        await #expect(throws: ThreadBusy.self) { try await worker.run { _ in } }
    }

    @Test func `a full mailbox refuses`() async throws {
        let worker = try ThreadConfined(name: "worker", capacity: 2)
        let gate = Mailbox<Bool>(capacity: 1)
        let started = Mailbox<Bool>(capacity: 1)
        #expect(
            worker.post { _ in
                _ = started.send(true)
                _ = gate.receive()
            })
        let waiter = try ThreadConfined(name: "waiter", capacity: 1)
        _ = try await waiter.run { _ in started.receive() }
        #expect(worker.post { _ in })
        #expect(worker.post { _ in })
        #expect(!worker.post { _ in })
        #expect(worker.waiting == 2)
        gate.close()
        await worker.stop()
        await waiter.stop()
    }

    @Test func `what the work throws is thrown`() async throws {
        let worker = try ThreadConfined(name: "worker", capacity: 2)
        await #expect(throws: FileFailure.notFound("x")) {
            try await worker.run { _ in throw FileFailure.notFound("x") }
        }
        await worker.stop()
    }

    @Test func `items from many threads all arrive, in order from each`() async throws {
        let mailbox = Mailbox<(Int, Int)>(capacity: 10_000)
        var senders: [OwnedThread] = []
        for sender in 0..<4 {
            senders.append(
                try OwnedThread(name: "sender") {
                    for item in 0..<1000 { _ = mailbox.send((sender, item)) }
                })
        }
        for sender in senders { await sender.finished() }
        mailbox.close()
        let reader = try ThreadConfined(name: "reader", capacity: 1)
        let counts = try await reader.run { _ in
            var next = [0, 0, 0, 0]
            while let (sender, item) = mailbox.receive() {
                if next[sender] == item { next[sender] += 1 }
            }
            return next
        }
        #expect(counts == [1000, 1000, 1000, 1000])
        await reader.stop()
    }
}

/// A number that threads count up.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func increment() { count.add(1, ordering: .sequentiallyConsistent) }
}
