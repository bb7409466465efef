import Synchronization
import Values

/// One lock for each user: what a user asks for twice at once is done one after the other.
final class UserLocks: Sendable {
    private struct State {
        /// The callers that wait, for each user whose lock is held.
        var waiting: [UserID: [CheckedContinuation<Bool, Never>]] = [:]
    }

    private let state = Mutex(State())
    private let maxWaitingPerUser: Int

    /// Locks for which so many callers may wait at once, for one user.
    init(maxWaitingPerUser: Int = 16) {
        self.maxWaitingPerUser = maxWaitingPerUser
    }

    /// Does the work while nobody else works for this user, first come, first served.
    ///
    /// - Returns: nil when too many wait already.
    func holding<Value: Sendable>(
        _ user: UserID, _ work: () async -> Value
    ) async -> Value? {
        guard await enter(user) else { return nil }
        let value = await work()
        leave(user)
        return value
    }

    private func enter(_ user: UserID) async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let entered: Bool? = state.withLock { state in
                guard let queue = state.waiting[user] else {
                    state.waiting[user] = []
                    return true
                }
                guard queue.count < maxWaitingPerUser else { return false }
                state.waiting[user, default: []].append(continuation)
                return nil
            }
            if let entered { continuation.resume(returning: entered) }
        }
    }

    private func leave(_ user: UserID) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let queue = state.waiting[user], let next = queue.first else {
                state.waiting[user] = nil
                return nil
            }
            state.waiting[user] = Array(queue.dropFirst())
            return next
        }
        next?.resume(returning: true)
    }
}
