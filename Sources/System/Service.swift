/// A job that lives as long as the process: one task group runs all of them and ends them in order.
package protocol Service: Sendable {
    /// The name in log lines.
    var name: String { get }

    /// Does the job; returns after `stop`, or when its task is cancelled. An error ends the process.
    func run() async throws

    /// Asks the job to end, and returns when it will not begin anything new.
    func stop() async
}
