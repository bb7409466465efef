import FoundationEssentials
import Glibc
import Synchronization
import System

/// A program that runs beside a test, and what it prints.
///
/// One thread of its own reads both outputs and waits for the end; the test only suspends. However
/// a test ends, the process ends with it; one that lives longer than two minutes is killed.
package final class ChildProcess: Sendable {
    /// Where a program prints.
    package enum Stream: Sendable { case output, messages }

    /// How a program ended.
    package struct Ending: Sendable {
        /// The exit code; nil where a signal ended it.
        package let code: Int32?
        /// What stood on standard output.
        package let output: String
        /// What stood on standard error.
        package let messages: String
    }

    /// What went wrong.
    package enum Failure: Error, CustomStringConvertible {
        case notStarted(program: String, errno: Int32)
        /// It ended, and the awaited text had not come.
        case ended(awaited: String, Ending)

        package var description: String {
            switch self {
            case .notStarted(let program, let errno): "\(program) did not start: error \(errno)"
            case .ended(let awaited, let ending):
                """
                ended with \(ending.code.map { "\($0)" } ?? "a signal") and never printed \
                `\(awaited)`
                --- output
                \(ending.output)
                --- messages
                \(ending.messages)
                """
            }
        }
    }

    private struct Watcher {
        let stream: Stream
        let text: [UInt8]
        let start: Int
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var output: [UInt8] = []
        var messages: [UInt8] = []
        var ending: Ending?
        var watchers: [Watcher] = []
        var enders: [CheckedContinuation<Ending, Never>] = []

        func bytes(_ stream: Stream) -> [UInt8] { stream == .output ? output : messages }
    }

    private static let lifetimeSeconds = 120
    private static let env = "/usr/bin/env"

    private let process: pid_t
    private let state: Mutex<State>

    private init(process: pid_t) {
        self.process = process
        state = Mutex(State())
    }

    // MARK: Running

    /// Runs a program to its end.
    package static func run(
        _ program: String, _ arguments: [String], in folder: String,
        environment: [String: String] = [:]
    ) async throws -> Ending {
        try await with(program, arguments, in: folder, environment: environment) { child in
            await child.ended()
        }
    }

    /// Starts a program, does something with it, and ends it if it still runs.
    package static func with<Answer>(
        _ program: String, _ arguments: [String], in folder: String,
        environment: [String: String] = [:],
        _ body: (ChildProcess) async throws -> Answer
    ) async throws -> Answer {
        let (child, pipes) = try start(program, arguments, folder, environment)
        let thread = try OwnedThread(name: "child") { child.watch(pipes) }
        let answer: Result<Answer, any Error>
        do {
            answer = .success(try await body(child))
        } catch {
            answer = .failure(error)
        }
        child.kill()
        await thread.finished()
        return try answer.get()
    }

    /// Sends a signal; nothing happens where the process has ended.
    package func send(_ signal: Int32) {
        state.withLock { state in
            if state.ending == nil { _ = Glibc.kill(process, signal) }
        }
    }

    /// Whether the process has ended.
    package var hasEnded: Bool { state.withLock { $0.ending != nil } }

    /// Suspends until the process has ended.
    package func ended() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending: Ending? = state.withLock { state in
                if state.ending == nil { state.enders.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// How many bytes have come; a place to look from.
    package func count(of stream: Stream = .output) -> Int {
        state.withLock { $0.bytes(stream).count }
    }

    /// What has come so far.
    package func text(of stream: Stream = .output) -> String {
        state.withLock { String(decoding: $0.bytes(stream), as: UTF8.self) }
    }

    /// Suspends until a text has come, up to the end of its line.
    ///
    /// - Parameter start: where to look from.
    /// - Returns: everything from `start` to the end of the line that holds the text.
    @discardableResult
    package func text(
        with text: String, in stream: Stream = .output, from start: Int = 0
    ) async throws -> String {
        let found: String? = await withCheckedContinuation { continuation in
            let watcher = Watcher(
                stream: stream, text: Array(text.utf8), start: start, continuation: continuation)
            let (isOver, found): (Bool, String?) = state.withLock { state in
                if let found = Self.find(watcher, in: state) { return (true, found) }
                if state.ending != nil { return (true, nil) }
                state.watchers.append(watcher)
                return (false, nil)
            }
            if isOver { continuation.resume(returning: found) }
        }
        if let found { return found }
        throw Failure.ended(awaited: text, await ended())
    }

    private static func find(_ watcher: Watcher, in state: State) -> String? {
        let bytes = state.bytes(watcher.stream).dropFirst(watcher.start)
        guard let range = bytes.firstRange(of: watcher.text),
            let end = bytes[range.upperBound...].firstIndex(of: UInt8(ascii: "\n"))
                ?? (watcher.text.last == UInt8(ascii: "\n") ? range.upperBound : nil)
        else { return nil }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The process and what it started are gone at once.
    private func kill() {
        state.withLock { state in
            if state.ending == nil { _ = Glibc.kill(-process, SIGKILL) }
        }
    }

    // MARK: The thread

    private func watch(_ pipes: (output: Int32, messages: Int32)) {
        let end = time(nil) + Self.lifetimeSeconds
        var open: [(file: Int32, stream: Stream)] = [
            (pipes.output, .output), (pipes.messages, .messages),
        ]
        while !open.isEmpty {
            var polled = open.map { pollfd(fd: $0.file, events: Int16(POLLIN), revents: 0) }
            let left = max(end - time(nil), 0)
            let ready = unsafe poll(&polled, nfds_t(polled.count), Int32(left) * 1000)
            if ready == 0 { kill() }
            guard ready > 0 else { continue }
            for (index, entry) in polled.enumerated().reversed() where entry.revents != 0 {
                if !take(open[index].file, open[index].stream) {
                    close(open[index].file)
                    open.remove(at: index)
                }
            }
        }
        finish()
    }

    /// Reads once; false at the end.
    private func take(_ file: Int32, _ stream: Stream) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(file, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        let answers = state.withLock { state in
            if stream == .output {
                state.output += buffer[..<count]
            } else {
                state.messages += buffer[..<count]
            }
            var answers: [(CheckedContinuation<String?, Never>, String)] = []
            var kept: [Watcher] = []
            for watcher in state.watchers {
                if let found = Self.find(watcher, in: state) {
                    answers.append((watcher.continuation, found))
                } else {
                    kept.append(watcher)
                }
            }
            state.watchers = kept
            return answers
        }
        for (continuation, text) in answers { continuation.resume(returning: text) }
        return true
    }

    /// Takes the process's status. The number may belong to another process only after `waitpid`,
    /// which happens under the lock that every signal takes.
    private func finish() {
        var facts = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(process), &facts, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        let (ending, enders, watchers) = state.withLock { state in
            var status: Int32 = 0
            while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
            let ending = Ending(
                code: status & 0x7F == 0 ? (status >> 8) & 0xFF : nil,
                output: String(decoding: state.output, as: UTF8.self),
                messages: String(decoding: state.messages, as: UTF8.self))
            state.ending = ending
            defer { (state.enders, state.watchers) = ([], []) }
            return (ending, state.enders, state.watchers)
        }
        for ender in enders { ender.resume(returning: ending) }
        for watcher in watchers { watcher.continuation.resume(returning: nil) }
    }

    // MARK: Starting

    private static func start(
        _ program: String, _ arguments: [String], _ folder: String, _ environment: [String: String]
    ) throws -> (ChildProcess, (output: Int32, messages: Int32)) {
        func checked(_ answer: Int32) throws {
            guard answer >= 0 else { throw Failure.notStarted(program: program, errno: errno) }
        }
        // Pairs of sockets, unlike pipes, are made so that no other program inherits them.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        var output: [Int32] = [-1, -1]
        var messages: [Int32] = [-1, -1]
        unsafe try checked(socketpair(AF_UNIX, kind, 0, &output))
        unsafe try checked(socketpair(AF_UNIX, kind, 0, &messages))
        defer {
            close(output[1])
            close(messages[1])
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, messages[1], 2)
        // A group of its own, so that a signal of the terminal reaches the test alone, and no signal
        // blocked, whatever the runner blocks.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            .map { "\($0.key)=\($0.value)" }
        // `env` changes the folder and becomes the program.
        let command = [env, "--chdir=\(folder)", program] + arguments
        let words = unsafe command.map { unsafe strdup($0) }
        defer { unsafe words.forEach { unsafe free($0) } }
        let settings = unsafe variables.map { unsafe strdup($0) }
        defer { unsafe settings.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failed = unsafe posix_spawn(
            &process, env, &actions, &attributes, words + [nil], settings + [nil])
        guard failed == 0 else {
            close(output[0])
            close(messages[0])
            throw Failure.notStarted(program: program, errno: failed)
        }
        return (ChildProcess(process: process), (output[0], messages[0]))
    }
}
