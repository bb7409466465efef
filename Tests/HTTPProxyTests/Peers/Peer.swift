import Glibc
import TestSupport
import Transport

/// Programs of other people that a test runs beside the proxy.
///
/// A suite that needs one is skipped where it is not installed, and fails there if `CI` is `true`:
/// `.enabled("needs nginx") { Peer.isInstalled("nginx") }`.
enum Peer {
    /// Where a program is.
    static func path(_ name: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"].map { $0 + name }
            .first { unsafe access($0, X_OK) == 0 }
    }

    /// Whether tests that need the programs are to be run here.
    static func isInstalled(_ names: String...) -> Bool {
        PythonH11.isRequired || names.allSatisfy { path($0) != nil }
    }

    /// Runs nginx with these directives inside of `http {…}`, listening on `nginx.sock` of a folder of
    /// its own where the text says `listen SOCKET`.
    static func nginx<Answer>(
        _ directives: String, _ body: (SocketAddress) async throws -> Answer
    ) async throws -> Answer {
        let folder = try TemporaryDirectory()
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder("temp-\($0)"));" }.joined(separator: "\n")
        try folder.write(
            "nginx.conf",
            """
            daemon off;
            master_process off;
            pid \(folder("nginx.pid"));
            error_log stderr error;
            events { worker_connections 512; }
            http {
            access_log off;
            \(paths)
            \(directives.replacing("SOCKET", with: "unix:" + folder("nginx.sock")))
            }

            """)
        return try await ChildProcess.with(
            path("nginx") ?? "nginx",
            ["-p", folder.path, "-e", "stderr", "-c", folder("nginx.conf")], in: folder.path
        ) { process in
            try await body(try await listening(folder("nginx.sock"), process))
        }
    }

    /// Runs HAProxy with these sections, listening on `haproxy.sock` of a folder of its own where the
    /// text says `bind SOCKET`.
    static func haproxy<Answer>(
        _ sections: String, _ body: (SocketAddress) async throws -> Answer
    ) async throws -> Answer {
        let folder = try TemporaryDirectory()
        try folder.write(
            "haproxy.cfg",
            """
            defaults
                mode http
                timeout connect 10s
                timeout client 20s
                timeout server 20s
                retries 0

            \(sections.replacing("SOCKET", with: "unix@" + folder("haproxy.sock")))

            """)
        return try await ChildProcess.with(
            path("haproxy") ?? "haproxy", ["-db", "-f", folder("haproxy.cfg")], in: folder.path
        ) { process in
            try await body(try await listening(folder("haproxy.sock"), process))
        }
    }

    /// Returns when something listens on the socket.
    private static func listening(
        _ socket: String, _ process: ChildProcess
    ) async throws -> SocketAddress {
        while true {
            if let client = try? await RawClient.connect(path: socket) {
                await client.close()
                return .unix(socket)
            }
            if process.hasEnded {
                throw ChildProcess.Failure.ended(awaited: socket, await process.ended())
            }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
