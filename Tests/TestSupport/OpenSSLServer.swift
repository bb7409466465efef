import Glibc
import System

/// A TLS server of the `openssl` command with a certificate of its own, for what a client must
/// refuse.
package final class OpenSSLServer: Sendable {
    static let command = "/usr/bin/openssl"
    package static let isInstalled = unsafe access(command, X_OK) == 0

    struct Failed: Error {}

    package let port: UInt16
    /// The server's certificate, which is its own authority.
    package let certificate: String
    private let directory: String
    private let process: pid_t

    /// - Parameters:
    ///   - name: the name in the certificate.
    ///   - isExpired: whether the certificate is over since yesterday.
    ///   - options: further options of `openssl s_server`.
    package static func started(
        name: String, isExpired: Bool = false, options: [String] = []
    ) async throws -> OpenSSLServer {
        let thread = try ThreadConfined<Void>(name: "openssl", capacity: 1)
        let server = try await thread.run { _ in
            try OpenSSLServer(name: name, isExpired: isExpired, options: options)
        }
        await thread.stop()
        return server
    }

    /// Blocks until the server listens.
    private init(name: String, isExpired: Bool, options: [String]) throws {
        directory = try Self.makeDirectory()
        certificate = directory + "/server.crt"
        let (key, request) = (directory + "/server.key", directory + "/server.csr")
        try Self.run([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", request, "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(name)", "-addext", "basicConstraints=critical,CA:TRUE",
        ])
        try Self.run([
            "x509", "-req", "-in", request, "-signkey", key, "-out", certificate, "-days",
            isExpired ? "-1" : "2", "-copy_extensions", "copyall",
        ])
        let server = try Self.start(
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate, "-key", key]
                + options)
        process = server.process
        defer { close(server.output) }
        port = try Self.port(saidBy: server.output)
    }

    /// Runs the command to its end.
    private static func run(_ arguments: [String]) throws {
        let made = try start(arguments)
        var status: Int32 = 0
        _ = unsafe waitpid(made.process, &status, 0)
        close(made.output)
        guard status == 0 else { throw Failed() }
    }

    package func stop() {
        kill(process, SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(process, &status, 0)
        for file in ["/server.crt", "/server.key", "/server.csr"] {
            unsafe unlink(directory + file)
        }
        unsafe rmdir(directory)
    }

    private static func makeDirectory() throws -> String {
        guard let template = unsafe strdup("/tmp/gatehouse-tls-XXXXXX") else { throw Failed() }
        defer { unsafe free(template) }
        guard let path = unsafe mkdtemp(template) else { throw Failed() }
        return unsafe String(cString: path)
    }

    /// Starts the command with its output on a pipe.
    private static func start(_ arguments: [String]) throws -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw Failed() }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var pointers = unsafe ([command] + arguments).map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer {
            for index in unsafe pointers.indices { unsafe free(pointers[index]) }
        }
        var process = pid_t()
        let failed = unsafe posix_spawn(&process, command, &actions, nil, &pointers, environ)
        close(ends[1])
        guard failed == 0 else {
            close(ends[0])
            throw Failed()
        }
        return (process, ends[0])
    }

    /// `ACCEPT 127.0.0.1:40001` → 40001.
    private static func port(saidBy output: Int32) throws -> UInt16 {
        var said: [UInt8] = []
        while true {
            for line in String(decoding: said, as: UTF8.self).split(separator: "\n").dropLast(0)
            where line.hasPrefix("ACCEPT ") && said.last == 0x0A {
                if let text = line.split(separator: ":").last, let port = UInt16(text) {
                    return port
                }
            }
            var byte: UInt8 = 0
            guard unsafe read(output, &byte, 1) == 1 else { throw Failed() }
            said.append(byte)
        }
    }
}
