import CSystem
package import Values

/// The clocks of the machine. Nothing outside `System` reads one; everybody else is handed the time.
package enum Clocks {
    /// The clock that never jumps.
    package static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: gatehouse_monotonic_nanoseconds())
    }

    /// The clock on the wall.
    package static func wall() -> UnixTime {
        UnixTime(milliseconds: gatehouse_wall_milliseconds())
    }
}
