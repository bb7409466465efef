import Glibc
import Synchronization
import System
package import Values

/// An HTTP/1.1 peer for tests that does byte for byte what its script says.
///
/// It listens on a free port of 127.0.0.1; each connection has a thread of its own. The script is
/// asked once per request, and its reply is sent as it is: framing, wrong or right, is the
/// script's.
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
        /// Send them one at a time, every ten milliseconds, until the peer has gone.
        case trickle([UInt8])
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
        var accepted = 0
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
        (listener, port) = try BlockingSocket.listening(port: 0, backlog: 64)
        // The thread ends when the test stops the server: nobody has to wait for it.
        _ = try OwnedThread(name: "scripted-server") { [self] in acceptAll() }
    }

    /// `http://127.0.0.1:PORT`.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// The requests so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// How many connections were made so far.
    package var connectionCount: Int { state.withLock { $0.accepted } }

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
                if !state.isStopped {
                    state.connections.append(descriptor)
                    state.accepted += 1
                }
                return state.isStopped
            }
            if isStopped {
                close(descriptor)
                break
            }
            let connection = number
            number += 1
            let thread = try? OwnedThread(name: "scripted-peer") { [self] in
                serve(descriptor, connection)
                state.withLock { state in state.connections.removeAll { $0 == descriptor } }
                close(descriptor)
            }
            if thread == nil { close(descriptor) }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        var socket = BlockingSocket(descriptor: descriptor)
        while let request = Self.request(from: &socket, connection) {
            let ready = state.withLock { state in
                state.requests.append(request)
                let count = state.requests.count
                let ready = state.waiters.filter { $0.count <= count }
                state.waiters.removeAll { $0.count <= count }
                return ready
            }
            for waiter in ready { waiter.continuation.resume() }
            for step in script(request) {
                guard perform(step, &socket) else { return }
            }
        }
    }

    /// A request with its body; nil when the peer has gone.
    private static func request(
        from socket: inout BlockingSocket, _ connection: Int
    ) -> Request? {
        guard let head = try? socket.read(until: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        var headers = HeaderList()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            headers.append(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard words.count == 3, let body = try? socket.read(count: length) else { return nil }
        return Request(
            connection: connection, method: String(words[0]), target: String(words[1]),
            headers: headers, body: body)
    }

    /// False when the connection is over.
    private func perform(_ step: Step, _ socket: inout BlockingSocket) -> Bool {
        switch step {
        case .send(let bytes):
            return (try? socket.send(bytes)) != nil
        case .sendForever(let bytes):
            while (try? socket.send(bytes)) != nil {}
            return false
        case .trickle(let bytes):
            for byte in bytes {
                guard (try? socket.send([byte])) != nil,
                    !Self.hasEnded(socket.descriptor, waitingMilliseconds: 10)
                else { return false }
            }
            return true
        case .wait(let gate):
            while !gate.isOpen {
                if Self.hasEnded(socket.descriptor, waitingMilliseconds: 5) { return false }
            }
            return true
        case .hang:
            while !Self.hasEnded(socket.descriptor, waitingMilliseconds: 1_000) {}
            return false
        case .close:
            return false
        case .reset:
            socket.resetOnClose()
            return false
        }
    }

    /// Whether the peer closes within this time; what it sends is dropped.
    private static func hasEnded(_ descriptor: Int32, waitingMilliseconds: Int32) -> Bool {
        var waits = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waits, 1, waitingMilliseconds) > 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        return unsafe recv(descriptor, &bytes, bytes.count, 0) <= 0
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
