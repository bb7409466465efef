import CSystem

/// Lets threads sleep until something happened: a counter with a condition variable.
///
/// Nothing is lost between a look at the state and going to sleep: the waiter names the count that
/// it had seen before it looked.
@safe
package final class WakeUp: @unchecked Sendable {
    // Safe to share: the two C objects are made for that, and `count` is touched with the lock held.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var count: UInt64 = 0

    package init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    /// How often something happened so far.
    package var generation: UInt64 {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return count
    }

    /// Something happened: whoever waits looks again.
    package func signal() {
        unsafe pthread_mutex_lock(lock)
        count &+= 1
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Returns once something happened after the given count.
    package func wait(after seen: UInt64) {
        unsafe pthread_mutex_lock(lock)
        while count == seen {
            unsafe pthread_cond_wait(condition, lock)
        }
        unsafe pthread_mutex_unlock(lock)
    }
}
