import CSystem
import Synchronization

/// The signals that ask the process to end or to reload.
///
/// The handler writes the signal's number into a pipe and does nothing else; a thread reads the pipe.
/// There is one pipe in the process: a second object takes over from the first.
package final class ProcessSignals: Sendable {
    /// A signal that we listen to.
    package enum Signal: Sendable, Hashable, CaseIterable {
        /// The service is to end.
        case terminate
        /// Ctrl-C.
        case interrupt
        /// Read the configuration again.
        case hangUp

        var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .hangUp: SIGHUP
            }
        }
    }

    /// The signals as they come. For one reader.
    package let signals: AsyncStream<Signal>
    private let caught: [Signal]
    private let writer: Descriptor
    private let thread: OwnedThread

    /// Listens to signals from now on, instead of being ended by them.
    package init(_ caught: [Signal] = Signal.allCases) throws(SystemFailure) {
        self.caught = caught
        var ends: [Int32] = [-1, -1]
        let answer = unsafe gatehouse_pipe(&ends)
        guard answer >= 0 else { throw SystemFailure(call: "pipe2", negated: answer) }
        let reader = ends[0]
        writer = Descriptor(owning: ends[1])
        // A full pipe must not stop the thread that the signal interrupted.
        _ = gatehouse_set_nonblocking(ends[1])
        let (signals, continuation) = AsyncStream.makeStream(
            of: Signal.self, bufferingPolicy: .bufferingOldest(64))
        self.signals = signals
        thread = try OwnedThread(name: "signals") {
            let reader = Descriptor(owning: reader)
            var number: UInt8 = 0
            while unsafe gatehouse_read(reader.number, &number, 1) == 1, number != 0 {
                if let signal = Signal.allCases.first(where: { $0.number == Int32(number) }) {
                    continuation.yield(signal)
                }
            }
            continuation.finish()
        }
        gatehouse_signal_set_pipe(writer.number)
        for signal in caught { _ = gatehouse_signal_catch(signal.number) }
    }

    /// Makes writing to a closed pipe or socket an error instead of the end of the process.
    package static func ignoreBrokenPipes() {
        _ = gatehouse_signal_ignore(SIGPIPE)
    }

    /// Gives the signals their usual meaning again and ends the sequence.
    package func stop() async {
        for signal in caught { _ = gatehouse_signal_default(signal.number) }
        gatehouse_signal_set_pipe(-1)
        var end: UInt8 = 0
        _ = unsafe gatehouse_write(writer.number, &end, 1)
        await thread.finished()
    }
}
