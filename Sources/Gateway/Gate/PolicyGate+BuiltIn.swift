import HTTPProxy
import PolicyEngine
import SelfService
import Telemetry
import Values

/// Requests that no policy route matches: built-in routes, or 404.
extension PolicyGate {
    func admitUnrouted(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission {
        edits.tag = log.begin(request, in: bytes, again: edits.tag)
        if request.method == .get, builtIns.metadata.stands(at: request.path, in: bytes) {
            return .handOff(builtIns.metadata)
        }
        if let calls = builtIns.actions {
            let routes = calls.routes
            let path = bytes.extracting(request.path)
            switch routes.match(method: request.method, path: path) {
            case .none: break
            case .action(let action) where isOpen(action):
                return admit(action, through: calls, request, in: bytes, edits: edits)
            case .otherMethod(let allowed) where request.method == .options && isAnyOpen(routes):
                return preflight(allowed, request, in: bytes, edits: edits)
            case .otherMethod(let allowed) where isAnyOpen(routes):
                let names = allowed.map(\.name).joined(separator: ", ")
                edits.responseLines.append(text: "Allow: \(names), OPTIONS\r\n")
                return refuse(.methodNotAllowed, request, in: bytes, edits)
            case .action, .otherMethod: break
            }
        }
        let decision = unmatched(request.method)
        log.decided(edits.tag, decision, as: nil)
        counters.add(to: metrics.denied)
        return .refuse(
            answers.refusal(
                for: decision, of: policies, id: request.id, scheme: request.scheme,
                host: request.host, in: bytes))
    }

    /// Whether a rule file mentions the action: one that nobody mentions does not exist.
    private func isOpen(_ action: SelfServiceAction) -> Bool {
        policies.selfService?.opens(action.rawValue) ?? false
    }

    private func isAnyOpen(_ routes: SelfServiceRoutes) -> Bool {
        routes.table.contains { isOpen($0.action) }
    }

    private func admit(
        _ action: SelfServiceAction, through calls: ActionCalls,
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission {
        addCORS(request, in: bytes, edits: edits)
        switch authenticate(request, in: bytes, edits: edits) {
        case .anonymous: return refuse(.unauthenticated, request, in: bytes, edits)
        case .instead(let admission): return admission
        case .caller(let principal):
            log.builtIn(edits.tag, action: action.rawValue, as: principal)
            return .handOff(ActionCall(action, as: principal.facts, through: calls))
        }
    }

    // MARK: CORS

    private func preflight(
        _ allowed: [HTTPMethod], _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        edits: RequestEdits
    ) -> Admission {
        guard let origin = configuredOrigin(request, in: bytes) else {
            return refuse(.originNotAllowed, request, in: bytes, edits)
        }
        return .handOff(PreflightService(origin: origin, methods: allowed))
    }

    /// Lets a page of a configured origin read the answer, whatever it is.
    private func addCORS(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) {
        guard !settings.corsOrigins.isEmpty else { return }
        // SECURITY: a cache must not give one origin's answer to another.
        edits.responseLines.append(text: "Vary: Origin\r\n")
        guard let origin = configuredOrigin(request, in: bytes) else { return }
        edits.responseLines.append(
            text: "Access-Control-Allow-Origin: \(origin)\r\n"
                + "Access-Control-Expose-Headers: Location, ETag, Link, Retry-After, Idempotent-Replayed\r\n"
        )
    }

    /// The origin of the page, where it is exactly one of the configured.
    private func configuredOrigin(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>
    ) -> String? {
        guard request.occurrences(of: "origin", in: bytes) == 1,
            let range = request.first(named: "origin", in: bytes)
        else { return nil }
        return settings.corsOrigins.first { origin in
            origin.utf8.count == range.count
                && zip(origin.utf8, range).allSatisfy { $0 == bytes[$1] }
        }
    }

    /// Whether the path of a request is exactly this one.
    static func stands(_ wanted: [UInt8], at path: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard path.count == wanted.count else { return false }
        for (offset, byte) in wanted.enumerated() where bytes[path.lowerBound + offset] != byte {
            return false
        }
        return true
    }
}
