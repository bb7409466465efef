import Synchronization
import Telemetry
import Values

/// Writes and removes one issuer's saved copy, beside the refresher: however slow the disk, keys
/// are fetched, published and taken back in time.
final class KeySaver: Sendable {
    private struct State {
        /// What is to be done: the removal first.
        var mustRemove = false
        var copy: SavedKeys.Copy?
        var removers: [CheckedContinuation<Void, Never>] = []
        var isEnding = false
        /// What the disk holds, as far as we know, and since when.
        var saved: (document: [UInt8], at: MonotonicTime)?
        /// The last thing that went wrong, said once.
        var said: String?
    }

    private enum Work { case write, removal }

    private let folder: SavedKeys
    private let issuer: String
    private let refresh: Duration
    private let metrics: KeyMetrics
    private let logger: Logger
    private let state = Mutex(State())
    private let wake = Wake()

    init(
        _ folder: SavedKeys, issuer: String, refresh: Duration, metrics: KeyMetrics, logger: Logger
    ) {
        self.folder = folder
        self.issuer = issuer
        self.refresh = refresh
        self.metrics = metrics
        self.logger = logger.with(["gatehouse.file": .string(folder.path(of: issuer))])
    }

    /// Has the copy written, if it is another document or the one on disk is an interval old.
    func offer(_ copy: SavedKeys.Copy, now: MonotonicTime) {
        let isDue = state.withLock { state in
            if let saved = state.saved, saved.document == copy.document,
                now.duration(since: saved.at) < refresh
            {
                return false
            }
            state.copy = copy
            state.saved = (copy.document, now)
            return true
        }
        if isDue { wake.wake() }
    }

    /// Has the copy removed, and forgets one that waits to be written.
    func remove() {
        state.withLock { state in
            state.mustRemove = true
            state.copy = nil
            state.saved = nil
        }
        wake.wake()
    }

    /// Returns when no removal is due any more.
    func removed() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.mustRemove, !state.isEnding else { return true }
                state.removers.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Does what is asked, until `stop`; what was asked before is still done.
    func run() async {
        while true {
            let (mustRemove, copy, isOver) = state.withLock { state in
                defer { state.copy = nil }
                let isOver = state.isEnding && !state.mustRemove && state.copy == nil
                return (state.mustRemove, state.copy, isOver)
            }
            if isOver { return }
            if mustRemove { await removeFile() }
            if let copy { await write(copy) }
            if !mustRemove, copy == nil {
                // A cancelled task does not wait: it ends once nothing is left to do.
                if Task.isCancelled { stop() }
                await wake.wait()
            }
        }
    }

    func stop() {
        state.withLock { $0.isEnding = true }
        wake.wake()
    }

    private func write(_ copy: SavedKeys.Copy) async {
        let failure: GuardedFile.Distrust?? = await BlockingWork.run("saved-keys") { [folder] in
            do throws(GuardedFile.Distrust) {
                try folder.save(copy)
                return nil
            } catch {
                return error
            }
        }
        settle(failure ?? Self.noThread, .write)
    }

    private func removeFile() async {
        let isGone = await BlockingWork.run("saved-keys") { [folder, issuer] in
            folder.remove(issuer)
        }
        let failure = GuardedFile.Distrust(
            reason: "it could not be removed", remedy: "remove it: a restart would use its keys")
        settle(isGone == true ? nil : failure, .removal)
        let removers = state.withLock { state in
            state.mustRemove = false
            defer { state.removers = [] }
            return state.removers
        }
        for remover in removers { remover.resume() }
    }

    /// Counts the result, and says what changed.
    private func settle(_ failure: GuardedFile.Distrust?, _ work: Work) {
        let result =
            switch (work, failure == nil) {
            case (.write, true): "written"
            case (.write, false): "not-written"
            case (.removal, true): "removed"
            case (.removal, false): "not-removed"
            }
        metrics.countSavedCopy(result)
        let said = state.withLock { state in
            defer { state.said = failure?.reason }
            // The next fetch that goes well tries again, unless a copy waits already.
            if failure != nil, state.copy == nil { state.saved = nil }
            return state.said
        }
        if let failure, said != failure.reason {
            logger.warning(
                work == .write ? "keys not saved" : "saved keys not removed",
                facts: [
                    "gatehouse.reason": .string(failure.reason),
                    "gatehouse.remedy": .string(failure.remedy),
                ])
        } else if failure == nil, said != nil {
            logger.info("saved keys in order again")
        }
    }

    private static let noThread = GuardedFile.Distrust(
        reason: "the process may not have another thread", remedy: "raise its limit of threads")
}
