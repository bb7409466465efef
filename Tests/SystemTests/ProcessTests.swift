import Glibc
import System
import TestSupport
import Testing

@Suite(.serialized) struct ProcessTests {
    @Test func `signals arrive and the sequence ends`() async throws {
        let signals = try ProcessSignals()
        for number in [SIGHUP, SIGTERM, SIGINT] { kill(getpid(), number) }
        var seen: Set<ProcessSignals.Signal> = []
        for await signal in signals.signals {
            seen.insert(signal)
            if seen.count == 3 { break }
        }
        await signals.stop()
    }

    @Test func `names are looked up, addresses are taken as they are`() async throws {
        let names = try NameResolution()
        #expect(try await names.addresses(of: "192.0.2.7") == [.ipv4(0xC000_0207)])
        let local = try await names.addresses(of: "localhost")
        #expect(!local.isEmpty && local.allSatisfy(\.isLoopback))
        for name in ["", "a\0b", String(repeating: "a", count: 300)] {
            await #expect(throws: NameResolution.Failure.unknownName(name)) {
                try await names.addresses(of: name)
            }
        }
        await names.stop()
        await #expect(throws: NameResolution.Failure.overloaded("localhost")) {
            try await names.addresses(of: "localhost")
        }
    }

    @Test func `a failed call says what was tried and why`() {
        let failure = SystemFailure(call: "open", subject: "/x", negated: -2)
        #expect(failure.description == "open `/x`: No such file or directory")
        #expect(failure.isNotFound)
        #expect(SystemFailure(call: "open", negated: .min).number == .max)
    }

    @Test func `a descriptor is closed with its owner`() throws {
        let number: Int32
        do {
            let descriptor = try Descriptor(Int(dup(0)), call: "dup")
            number = descriptor.number
            #expect(fcntl(number, F_GETFD) >= 0)
        }
        #expect(number >= 0)
        #expect(throws: SystemFailure.self) { _ = try Descriptor(-9, call: "dup") }
    }

    @Test func `the environment and the machine answer`() {
        #expect(Environment.value(of: "PATH") != nil)
        #expect(Environment.value(of: "GATEHOUSE_NO_SUCH_VARIABLE") == nil)
        #expect(Environment.coreCount >= 1)
        #expect(DescriptorLimit.current > 0)
        let before = Clocks.monotonic()
        #expect(before <= Clocks.monotonic())
    }
}
