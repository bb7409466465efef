import Synchronization
package import System
import Telemetry

/// The one thread that writes log lines: loops and services hand over bytes and go on.
///
/// A full queue drops lines and counts them; a disk that is full, or a reader that stopped, holds up
/// this thread and nobody else.
package final class LogWriter: Service {
    /// One destination. Takes blocks of whole lines and never blocks.
    package struct Sink: LogSink {
        fileprivate let writer: LogWriter
        fileprivate let file: AppendedFile

        package func write(_ lines: [UInt8]) {
            writer.submit(lines, to: file)
        }
    }

    private struct Item: Sendable {
        let file: AppendedFile
        let bytes: [UInt8]
    }

    /// Counted by the thread and by those who hand over.
    private final class Losses: Sendable {
        let dropped = Atomic<UInt64>(0)
        let failed = Atomic<UInt64>(0)
    }

    package let name = "log writer"
    private let queue: Mailbox<Item>
    private let losses: Losses
    private let thread: OwnedThread

    /// Starts the thread.
    ///
    /// - Parameter capacity: how many blocks of lines may wait.
    package init(capacity: Int = 1024) throws(SystemFailure) {
        let queue = Mailbox<Item>(capacity: capacity)
        let losses = Losses()
        self.queue = queue
        self.losses = losses
        thread = try OwnedThread(name: "log-writer") {
            while let item = queue.receive() {
                do {
                    try item.file.append(item.bytes)
                } catch {
                    losses.failed.add(1, ordering: .relaxed)
                }
            }
        }
    }

    /// A sink that writes to standard output.
    package func standardOutput() -> Sink { Sink(writer: self, file: .standardOutput) }

    /// A sink that writes to standard error.
    package func standardError() -> Sink { Sink(writer: self, file: .standardError) }

    /// A sink that appends to a file, which is made where there is none.
    package func file(_ path: String) throws(SystemFailure) -> Sink {
        Sink(writer: self, file: try AppendedFile(path: path))
    }

    /// Blocks of lines that were dropped because the queue was full.
    package var droppedBlocks: UInt64 { losses.dropped.load(ordering: .relaxed) }

    /// Blocks of lines that could not be written.
    package var failedBlocks: UInt64 { losses.failed.load(ordering: .relaxed) }

    private func submit(_ bytes: [UInt8], to file: AppendedFile) {
        if !queue.send(Item(file: file, bytes: bytes)) {
            losses.dropped.add(1, ordering: .relaxed)
        }
    }

    package func run() async throws {
        await thread.finished()
    }

    /// Writes what waits, then ends the thread. A reader that takes nothing must not keep the process
    /// from ending: what it has not taken in time is lost.
    package func stop() async {
        queue.close()
        _ = await thread.finished(within: Self.stopLimit)
    }

    private static let stopLimit = Duration.seconds(3)
}
