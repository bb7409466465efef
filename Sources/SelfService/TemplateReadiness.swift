import Synchronization
import Telemetry
import Values

/// Whether the tenant is set up for self-service: the credentials work, and the creator role exists
/// and may be given to anybody.
final class TemplateReadiness: Sendable {
    private enum State: Equatable {
        case unchecked
        case ready
        case degraded(String)
    }

    private let directory: any OrganizationDirectory
    private let creatorRole: String?
    private let log: Logger
    private let state = Mutex(State.unchecked)

    init(directory: any OrganizationDirectory, creatorRole: String?, log: Logger) {
        self.directory = directory
        self.creatorRole = creatorRole
        self.log = log
    }

    /// Whether the template was ever read.
    var isChecked: Bool { state.withLock { $0 != .unchecked } }

    /// Why self-service does not work, or nil.
    var degradation: String? {
        state.withLock { state in
            if case .degraded(let reason) = state { reason } else { nil }
        }
    }

    /// Reads the template. While Logto is away the last finding stays.
    func check() async {
        do throws(DirectoryFailure) {
            set(finding(try await directory.templateRoles()))
        } catch .credentialsRefused {
            set(.degraded("credentials-refused"))
        } catch {
            log.warning(
                "organization template not read",
                facts: ["gatehouse.reason": .string(error.code)]
            )
        }
    }

    /// A call has shown that something is wrong before the next round does.
    func noticed(_ failure: DirectoryFailure) {
        if failure == .credentialsRefused { set(.degraded("credentials-refused")) }
    }

    /// A call has shown that something is wrong before the next round does.
    func noticed(_ problem: Problem) {
        if problem.code == .selfServiceDegraded { set(.degraded("refused-while-creating")) }
    }

    private func finding(_ roles: [TemplateRole]) -> State {
        guard let creatorRole else { return .ready }
        guard let role = roles.first(where: { $0.name.isExactly(creatorRole) }) else {
            return .degraded("creator-role-missing")
        }
        guard role.isForUsers else { return .degraded("creator-role-for-machines") }
        // SECURITY: a role with the Management API's scope makes every holder owner of the tenant;
        // it is never given, whoever configured it (M14, L35).
        guard !role.opensManagementAPI else {
            return .degraded("creator-role-opens-management-api")
        }
        return .ready
    }

    private func set(_ next: State) {
        let isNews = state.withLock { state in
            defer { state = next }
            return state != next
        }
        guard isNews else { return }
        switch next {
        case .degraded(let reason):
            log.error(
                "self-service degraded",
                facts: [
                    "gatehouse.reason": .string(reason),
                    "gatehouse.creator_role": .string(creatorRole ?? ""),
                ]
            )
        case .ready, .unchecked: log.info("self-service ready")
        }
    }
}
