import Values

/// The configured times in whole nanoseconds, so that setting a deadline is one addition: several are
/// set for each request, and arithmetic on `Duration` costs 200 instructions.
struct DeadlineTable {
    let firstByte: UInt64
    let head: UInt64
    let idle: UInt64
    let bodyWindow: UInt64
    let write: UInt64
    let hold: UInt64
    let service: UInt64
    let drain: UInt64

    init(_ deadlines: HTTPServerConfiguration.Deadlines) {
        firstByte = deadlines.firstByte.clampedNanoseconds
        head = deadlines.head.clampedNanoseconds
        idle = deadlines.idle.clampedNanoseconds
        bodyWindow = deadlines.bodyWindow.clampedNanoseconds
        write = deadlines.write.clampedNanoseconds
        hold = deadlines.hold.clampedNanoseconds
        service = deadlines.service.clampedNanoseconds
        drain = deadlines.drain.clampedNanoseconds
    }
}
