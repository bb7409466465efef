/// How an issuer's keys are kept fresh.
package struct KeyRefreshSettings: Sendable {
    /// The longest time between two fetches that go well.
    package var refresh: Duration
    /// How long keys are used after the last fetch that went well.
    package var maxStale: Duration
    /// The shortest time between two fetches that unknown keys cause.
    package var coolDown: Duration
    /// How long one fetch may take, discovery included.
    package var fetchDeadline: Duration
    /// How long a request waits for a fetch that its unknown key caused.
    package var longestWait: Duration
    /// Bytes of a key set that are read.
    package var maxBytes: Int
    /// How many requests wait for unknown keys at a time; one more is told to come again.
    package var maxWaiters: Int
    /// How far in the future a saved copy may be dated, for a clock that was set back a little.
    package var clockLeeway: Duration

    package init(
        refresh: Duration = .seconds(300), maxStale: Duration = .seconds(86_400),
        coolDown: Duration = .seconds(10), fetchDeadline: Duration = .seconds(5),
        longestWait: Duration = .milliseconds(500), maxBytes: Int = 256 * 1_024,
        maxWaiters: Int = 4_096, clockLeeway: Duration = .seconds(30)
    ) {
        self.refresh = refresh
        self.maxStale = maxStale
        self.coolDown = coolDown
        self.fetchDeadline = fetchDeadline
        self.longestWait = longestWait
        self.maxBytes = maxBytes
        self.maxWaiters = maxWaiters
        self.clockLeeway = clockLeeway
    }
}
