import Glibc
import Synchronization
package import Values

/// An HTTP/1.1 peer for tests that does byte for byte what its script says.
///
/// It listens on a free port of 127.0.0.1; each connection has a thread of its own. The script is asked
/// once per request, and its reply is sent as it is: framing, wrong or right, is the script's.
package final class ScriptedServer: Sendable {
    /// One request as it arrived.
    package struct Request: Sendable {
        /// Which connection, from 0.
        package let connection: Int
        package let method: String
        package let target: String
        package let headers: HeaderList
        package let body: [UInt8]

        package var bodyText: String { String(decoding: body, as: UTF8.self) }
    }

    /// What to do with a connection once a request is there.
    package enum Step: Sendable {
        /// Send these bytes.
        case send([UInt8])
        /// Send them again and again until the peer has gone.
        case sendForever([UInt8])
        /// Wait until the test opens the gate.
        case wait(Gate)
        /// Wait until the peer closes, or the server stops.
        case hang
        /// Close in good order.
        case close
        /// Close with a reset.
        case reset
    }

    /// Something that a connection waits for and the test opens.
    package final class Gate: Sendable {
        private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>(
            (false, []))

        package init() {}

        package func open() {
            let waiters = state.withLock { state in
                state.isOpen = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        /// Suspends a test until the gate is open.
        package func opened() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiters.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        var isOpen: Bool { state.withLock { $0.isOpen } }
    }

    package typealias Script = @Sendable (Request) -> [Step]

    private struct State {
        var requests: [Request] = []
        var connections: [Int32] = []
        var isStopped = false
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// Where it listens.
    package let port: UInt16
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    package init(_ script: @escaping Script) throws {
        self.script = script
        (listener, port) = try RawSocket.listen()
        RawSocket.thread { [self] in acceptAll() }
    }

    /// `http://127.0.0.1:PORT`.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// The requests so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Waits until so many requests have arrived.
    package func requests(atLeast count: Int) async -> [Request] {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
        return requests
    }

    /// Closes everything.
    package func stop() {
        let open = state.withLock { state in
            state.isStopped = true
            defer { state.connections = [] }
            return state.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        var number = 0
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let isStopped = state.withLock { state in
                if !state.isStopped { state.connections.append(descriptor) }
                return state.isStopped
            }
            if isStopped {
                close(descriptor)
                break
            }
            let connection = number
            number += 1
            RawSocket.thread { [self] in
                serve(descriptor, connection)
                state.withLock { state in state.connections.removeAll { $0 == descriptor } }
                close(descriptor)
            }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        var buffer: [UInt8] = []
        while let request = RawSocket.readRequest(descriptor, connection, &buffer) {
            let ready = state.withLock { state in
                state.requests.append(request)
                let count = state.requests.count
                let ready = state.waiters.filter { $0.count <= count }
                state.waiters.removeAll { $0.count <= count }
                return ready
            }
            for waiter in ready { waiter.continuation.resume() }
            for step in script(request) {
                guard perform(step, descriptor) else { return }
            }
        }
    }

    /// False when the connection is over.
    private func perform(_ step: Step, _ descriptor: Int32) -> Bool {
        switch step {
        case .send(let bytes):
            return RawSocket.send(bytes, to: descriptor)
        case .sendForever(let bytes):
            while RawSocket.send(bytes, to: descriptor) {}
            return false
        case .wait(let gate):
            while !gate.isOpen {
                if RawSocket.hasEnded(descriptor, waitingMilliseconds: 5) { return false }
            }
            return true
        case .hang:
            while !RawSocket.hasEnded(descriptor, waitingMilliseconds: 1_000) {}
            return false
        case .close:
            return false
        case .reset:
            RawSocket.resetOnClose(descriptor)
            return false
        }
    }
}

extension ScriptedServer {
    /// A complete answer with `Content-Length`.
    package static func answer(
        _ status: Int, _ headers: HeaderList = [:], _ body: String = ""
    ) -> [Step] {
        [.send(Array(answerText(status, headers, body).utf8))]
    }

    /// A complete answer with a JSON body.
    package static func json(
        _ status: Int, _ body: String, _ headers: HeaderList = [:]
    ) -> [Step] {
        var all = headers
        all.append("Content-Type", "application/json; charset=utf-8")
        return answer(status, all, body)
    }

    /// The text of a complete answer.
    package static func answerText(_ status: Int, _ headers: HeaderList, _ body: String) -> String {
        var text = "HTTP/1.1 \(status) Said\r\n"
        for (name, value) in headers.fields { text += "\(name): \(value)\r\n" }
        if status != 204, status != 304 { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + body
    }
}
