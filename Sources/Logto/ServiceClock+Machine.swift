import System

extension ServiceClock {
    /// The machine's clocks.
    package static let machine = ServiceClock(
        monotonic: Clocks.monotonic, wall: Clocks.wall,
        sleep: { duration in try? await Task.sleep(for: duration) },
        random: { Double.random(in: 0..<1) })
}
