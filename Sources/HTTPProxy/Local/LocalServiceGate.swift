package import Values

/// A gate that hands everything to one service: for admin endpoints, the emulator and sample
/// backends.
package final class LocalServiceGate: RequestGate {
    private let service: any LocalService
    package let protectedHeaders: ProtectedHeaders

    /// A gate in front of the service. Nothing is protected by default: the service may be what
    /// stands behind a gateway, and then reads what the gateway set.
    package init(_ service: any LocalService, protectedHeaders: ProtectedHeaders = .none) {
        self.service = service
        self.protectedHeaders = protectedHeaders
    }

    package func admit(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission {
        .handOff(service)
    }

    /// Nothing is forwarded, so that nothing changes.
    package var standing: UInt64 { 0 }

    package func review(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Review {
        .stands(until: nil)
    }

    package func refusal(for fault: RequestFault, requestID: ExchangeID) -> Refusal {
        .problem(
            status: fault.status, code: fault.code, detail: fault.detail, requestID: requestID)
    }

    package func refusal(for failure: UpstreamFailure, requestID: ExchangeID) -> Refusal {
        .problem(
            status: failure.status, code: failure.code, detail: failure.detail,
            requestID: requestID)
    }

    package func finished(_ outcome: borrowing ExchangeRecord) {}
}
