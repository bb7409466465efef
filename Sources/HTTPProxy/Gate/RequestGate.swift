package import Values

/// Decides every request: the only question the proxy asks. One per loop, never shared.
///
/// All calls come on the loop and must not wait; what needs waiting is a `hold` or a local service.
package protocol RequestGate: AnyObject {
    /// The names that no client may send. Read for each request, so that a reload takes effect.
    var protectedHeaders: ProtectedHeaders { get }

    /// Whether and where the request goes.
    ///
    /// - Parameters:
    ///   - request: the checked head; its ranges lie in `bytes`.
    ///   - bytes: the bytes of the head, valid during the call.
    ///   - edits: cleared before the call; what it holds afterwards is added to the exchange.
    func admit(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission

    /// Changes whenever an exchange that was allowed might not be any more. Only grows.
    var standing: UInt64 { get }

    /// Whether an exchange that was forwarded, and goes on, would still be.
    ///
    /// Asked within a sweep of a change of `standing`, and when `RequestEdits.reviewAt` has come.
    ///
    /// - Parameter edits: as for `admit`; nothing that it holds afterwards is added.
    func review(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Review

    /// The answer to a request that the proxy itself refuses, so that answers are worded in one
    /// place.
    func refusal(for fault: RequestFault, requestID: ExchangeID) -> Refusal

    /// The answer where the upstream gave none that may be passed on.
    func refusal(for failure: UpstreamFailure, requestID: ExchangeID) -> Refusal

    /// Called exactly once for each exchange, after its last byte was handed to the stream.
    func finished(_ outcome: borrowing ExchangeRecord)
}
