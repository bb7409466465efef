import Transport
import Values

/// Finds a port on loopback: the wished one, or the next that is free.
enum PortChoice {
    /// How many ports are tried after the wished one, before the kernel chooses.
    private static let tries: UInt16 = 20

    /// Calls the body with addresses until one is not in use.
    static func firstFree<Value>(
        from wished: UInt16,
        _ body: (SocketAddress) async throws(TransportFailure) -> Value
    ) async throws(TransportFailure) -> Value {
        var candidates: [UInt16] = [wished]
        if wished != 0 {
            for step in 1...tries {
                let (next, overflow) = wished.addingReportingOverflow(step)
                if !overflow { candidates.append(next) }
            }
            candidates.append(0)
        }
        for port in candidates.dropLast() {
            do {
                return try await body(.loopback(port: port))
            } catch {
                guard case .addressInUse = error else { throw error }
            }
        }
        return try await body(.loopback(port: candidates[candidates.count - 1]))
    }
}
