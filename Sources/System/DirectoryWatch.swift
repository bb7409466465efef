import CSystem
import Synchronization

/// Tells when something changed below a directory.
///
/// It says only *that* something changed: the reader looks at the whole again. Told are saves by any
/// editor (written in place, or renamed over the old file), new and removed files and directories,
/// the directory itself being replaced, and Kubernetes swapping `..data`. Changes close together are
/// told once, when it has been quiet for `quiet`, at the latest after `patience`. Where inotify is
/// not to be had (its limits are small) the tree is compared every second.
package final class DirectoryWatch: Sendable {
    private let thread: OwnedThread
    private let control: Control

    /// What the thread and its owner share.
    private final class Control: Sendable {
        let wake: Descriptor
        let isStopped = Atomic<Bool>(false)

        init() throws(SystemFailure) {
            wake = try Descriptor(gatehouse_eventfd(), call: "eventfd")
        }
    }

    /// Begins to watch: changes after this returns are told.
    ///
    /// - Parameters:
    ///   - path: the directory; it may come into being later.
    ///   - quiet: how long nothing must happen before a change is told.
    ///   - usesPolling: compares the tree instead of asking the kernel.
    ///   - changed: called on the watch's own thread.
    package init(
        _ path: String, quiet: Duration = .milliseconds(100), usesPolling: Bool = false,
        changed: @escaping @Sendable () -> Void
    ) throws(SystemFailure) {
        let control = try Control()
        self.control = control
        let started = Mailbox<Bool>(capacity: 1)
        thread = try OwnedThread(name: "watch") {
            var watcher = Watcher(path: path, usesPolling: usesPolling)
            _ = started.send(true)
            let milliseconds =
                Int32(clamping: quiet.components.seconds * 1000)
                + Int32(quiet.components.attoseconds / 1_000_000_000_000_000)
            while !control.isStopped.load(ordering: .acquiring) {
                guard watcher.waitForChange(orWake: control.wake.number, quiet: milliseconds) else {
                    continue
                }
                if !control.isStopped.load(ordering: .acquiring) { changed() }
            }
        }
        _ = started.receive()
    }

    /// The changes as a sequence: changes that come while one is being handled are one.
    package static func changes(
        of path: String, quiet: Duration = .milliseconds(100)
    ) throws(SystemFailure) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watch = try DirectoryWatch(path, quiet: quiet) { continuation.yield() }
        continuation.onTermination = { _ in watch.cancel() }
        return stream
    }

    /// Ends the watch, and returns when the last call has returned.
    package func stop() async {
        cancel()
        await thread.finished()
    }

    private func cancel() {
        control.isStopped.store(true, ordering: .releasing)
        _ = gatehouse_eventfd_signal(control.wake.number)
    }

    deinit { cancel() }
}
