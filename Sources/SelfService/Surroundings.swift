package import Values

/// Time, chance and waiting, as self-service is given them.
package struct Surroundings: Sendable {
    /// The clock on the wall.
    package let now: @Sendable () -> UnixTime
    /// Waits; returns early when the task is cancelled.
    package let wait: @Sendable (Duration) async -> Void
    /// So many bytes that nobody can guess.
    package let randomBytes: @Sendable (Int) -> [UInt8]

    /// What self-service needs from outside.
    package init(
        now: @escaping @Sendable () -> UnixTime,
        wait: @escaping @Sendable (Duration) async -> Void,
        randomBytes: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.now = now
        self.wait = wait
        self.randomBytes = randomBytes
    }

    /// Waits before the next try: about 0.2 s, then 0.4 s, each up to twice as long by chance.
    func pause(tries: Int) async {
        let base = 200 << min(tries - 1, 4)
        let chance = randomBytes(2).reduce(0) { $0 << 8 | Int($1) } % base
        await wait(.milliseconds(base + chance))
    }
}
