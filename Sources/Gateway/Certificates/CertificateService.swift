import Synchronization
import System
import Telemetry
import Transport
import Values

/// Keeps the certificates of the listeners as their files say: read at start, and again when they
/// change. What cannot be used leaves what was there in force, and is said.
final class CertificateService: Service {
    /// A listener with certificates.
    private struct Entry {
        let configured: ListenerTLSConfiguration
        var loaded: ListenerCertificates
        /// Where the listener was bound; nil before.
        var bound: SocketAddress?
        /// Why the files are not in force.
        var problem: String?
    }

    let name = "certificates"
    private let logger: Logger
    private let clock: @Sendable () -> UnixTime
    private let reloads: (success: Counter, failure: Counter)
    private let entries: Mutex<[Entry]>
    private let loops: EventLoopGroup
    private let turns = Turns()
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    /// Reads all files for the first time.
    init(
        _ listeners: [ListenerConfiguration], loops: EventLoopGroup, logger: Logger,
        metrics: Metrics, clock: @escaping @Sendable () -> UnixTime
    ) throws(CertificateProblem) {
        self.loops = loops
        self.logger = logger
        self.clock = clock
        reloads = (
            metrics.counter(
                "gatehouse_certificate_reload_total", help: "Certificates that were read again.",
                labels: ["result": "ok"]),
            metrics.counter(
                "gatehouse_certificate_reload_total", help: "Certificates that were read again.",
                labels: ["result": "failed"])
        )
        var entries: [Entry] = []
        for listener in listeners {
            guard let configured = listener.tls else { continue }
            entries.append(
                Entry(configured: configured, loaded: try ListenerCertificates(configured)))
        }
        self.entries = Mutex(entries)
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for entry in entries { warn(of: entry.loaded) }
        metrics.collect { [weak self] page in self?.write(to: &page) }
    }

    /// What a listener shows its clients.
    func context(of listener: ListenerConfiguration) -> TLSServerContext? {
        guard let tls = listener.tls else { return nil }
        return entries.withLock { entries in
            entries.first { $0.configured == tls }?.loaded.context
        }
    }

    /// A listener was bound there: it hears of changes.
    func bound(_ listener: ListenerConfiguration, at address: SocketAddress) {
        entries.withLock { entries in
            let index = entries.firstIndex { $0.configured == listener.tls && $0.bound == nil }
            if let index { entries[index].bound = address }
        }
    }

    /// What is worse than it should be; nil: nothing.
    var degradation: String? {
        entries.withLock { $0.lazy.compactMap(\.problem).first }.map {
            "a certificate is not in force as its files say: \($0)"
        } ?? expired.map { "the certificate \($0) has expired" }
    }

    private var expired: String? {
        let now = clock()
        return entries.withLock { entries in
            entries.lazy.flatMap(\.loaded.identities).first { $0.notAfter <= now }?.path
        }
    }

    /// Asks for the files to be read soon.
    func reload() { wish.yield() }

    func run() async throws {
        let files = entries.withLock {
            $0.flatMap { ListenerCertificates.paths(of: $0.configured) }
        }
        let watch = try FileWatch(files) { [wish] in wish.yield() }
        // They may have changed between the first reading and the watch.
        wish.yield()
        for await _ in wishes { await load() }
        await watch.stop()
    }

    func stop() async { wish.finish() }

    /// Reads the files again now.
    func load() async {
        await turns.take { await loadAlone() }
    }

    private func loadAlone() async {
        for index in entries.withLock({ $0.indices }) {
            let (configured, before, bound) = entries.withLock { entries in
                (entries[index].configured, entries[index].loaded, entries[index].bound)
            }
            do {
                guard let next = try ListenerCertificates(configured, ifOtherThan: before) else {
                    entries.withLock { $0[index].problem = nil }
                    continue
                }
                try next.refuseExpired(at: clock(), after: before)
                entries.withLock { entries in
                    entries[index].loaded = next
                    entries[index].problem = nil
                }
                if let bound { await loops.replaceTLS(of: bound, with: next.context) }
                reloads.success.add()
                logger.info(
                    "certificates replaced",
                    facts: ["gatehouse.certificates": .list(next.identities.map(\.path))])
                warn(of: next)
            } catch {
                reloads.failure.add()
                entries.withLock { $0[index].problem = "\(error)" }
                logger.error(
                    "certificates kept as they were",
                    facts: ["gatehouse.reason": .string("\(error)")])
            }
        }
    }

    private func warn(of loaded: ListenerCertificates) {
        let now = clock()
        for identity in loaded.identities {
            var reasons: [String] = []
            if identity.notAfter <= now { reasons.append("it has expired") }
            if identity.notBefore > now { reasons.append("it is not valid yet") }
            if CertificateFiles.isExposed(identity.keyPath) {
                reasons.append("everybody may read its key \(identity.keyPath)")
            }
            for reason in reasons {
                logger.warning(
                    "certificate needs attention",
                    facts: [
                        "gatehouse.certificate": .string(identity.path),
                        "gatehouse.reason": .string(reason),
                    ])
            }
        }
    }

    private func write(to page: inout MetricsPage) {
        for identity in entries.withLock({ $0.flatMap(\.loaded.identities) }) {
            page.gauge(
                "gatehouse_certificate_not_after_seconds",
                help: "When the certificate ends, in seconds since 1970.",
                labels: ["certificate": identity.path], value: Double(identity.notAfter.seconds))
        }
    }
}
