package import Cryptography
package import HTTPProxy

import Synchronization
import Values

/// A Logto in memory: discovery, key set, token endpoint and Management API, as recorded from a
/// real one.
///
/// Every answer is computed at once under one lock. Nothing is kept beyond the process, and each
/// emulator signs with a key of its own.
package final class EmulatedLogto: Sendable {
    /// What became of a request.
    package enum Outcome: Sendable {
        /// An answer, to be sent after a delay.
        case response(LocalResponse, delay: Duration)
        /// The connection is to be closed without an answer.
        case closed
    }

    private let configuration: EmulatorConfiguration
    private let state: Mutex<EmulatorState>
    let delayed = DelayedAnswers()

    /// An emulator with a new key and a tenant as configured.
    package init(configuration: EmulatorConfiguration) throws(CryptographyFailure) {
        self.configuration = configuration
        let ids = IdentifierSource(random: configuration.random)
        var state = try EmulatorState(configuration)
        state.seedManagement(now: configuration.clock(), ids: ids)
        if configuration.isSeeded {
            DemoSeed.fill(&state.tenant, now: configuration.clock(), ids: ids)
        }
        self.state = Mutex(state)
    }

    /// Answers a request: the whole service as a function.
    package func handle(_ request: LocalRequest) -> Outcome {
        let (outcome, isFaulty) = state.withLock { state in perform(request, &state) }
        if let onCall = configuration.onCall {
            let status: Int? =
                switch outcome {
                case .response(let response, _): response.status
                case .closed: nil
                }
            onCall(
                EmulatorCall(
                    method: request.method,
                    target: request.path + (request.query.map { "?\($0)" } ?? ""),
                    status: status, at: configuration.clock(), isFaulty: isFaulty))
        }
        return outcome
    }

    /// Works on the state; nobody else does meanwhile.
    func withState<Result, Failure: Error>(
        _ work: (inout EmulatorState, TokenContext) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try state.withLock { (state) throws(Failure) in
            try work(&state, context(state))
        }
    }

    private func context(_ state: EmulatorState) -> TokenContext {
        TokenContext(
            issuer: "\(state.endpoint)/oidc", now: configuration.clock(),
            ids: IdentifierSource(random: configuration.random),
            customClaims: configuration.customClaims)
    }

    private func perform(
        _ request: LocalRequest, _ state: inout EmulatorState
    ) -> (outcome: Outcome, isFaulty: Bool) {
        let isControl = ControlEndpoint.isMeant(request.path)
        let effect = isControl ? nil : state.faults.effect(on: request.method, request.path)
        switch effect {
        case nil:
            return (.response(respond(request, &state), delay: .zero), false)
        case .delay(let duration):
            return (.response(respond(request, &state), delay: duration), true)
        case .answer(let status, let headers, let body):
            return (
                .response(
                    LocalResponse(status: status, headers: headers, body: body), delay: .zero),
                true
            )
        case .answerAfter(let status, let headers, let body):
            _ = respond(request, &state)
            return (
                .response(
                    LocalResponse(status: status, headers: headers, body: body), delay: .zero),
                true
            )
        case .closeBefore:
            return (.closed, true)
        case .closeAfter:
            _ = respond(request, &state)
            return (.closed, true)
        }
    }

    private func respond(
        _ request: LocalRequest, _ state: inout EmulatorState
    ) -> LocalResponse {
        let context = context(state)
        state.keys.advance(to: context.now)
        let answer: Answer
        let path = request.path.lowercased()
        if ControlEndpoint.isMeant(request.path) {
            answer = ControlEndpoint.answer(request, &state, context)
        } else if path.isExactly("/oidc") || path.hasPrefix("/oidc/") {
            answer = OpenIDEndpoints.answer(request, &state, context)
        } else if path.hasPrefix("/api/") {
            answer = ManagementAPI(
                endpoint: state.endpoint, keys: state.keys, now: context.now, ids: context.ids
            ).answer(request, &state.tenant)
        } else {
            answer = .text(404, "Not Found")
        }
        return ResponseWriter(requestID: context.ids.requestID()).write(answer, to: request)
    }
}
