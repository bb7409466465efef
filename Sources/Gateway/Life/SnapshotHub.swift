import JOSE
import Logto
import PolicyEngine
import Synchronization
import Transport

/// Holds the snapshots in force and hands each new one to every loop.
///
/// Two kinds: the rule set, which a reload replaces, and the keys, which a refresh replaces. Neither
/// touches the other: a reload never drops keys.
final class SnapshotHub: Sendable {
    /// The snapshots in force; each counts up, so that an older one never replaces a newer one.
    struct Current: Sendable {
        var policies: PolicySnapshot
        var policyVersion: UInt64
        var trust: TrustSnapshot
    }

    private let state: Mutex<Current>
    private let group: EventLoopGroup

    init(policies: PolicySnapshot, trust: TrustSnapshot, group: EventLoopGroup) {
        state = Mutex(Current(policies: policies, policyVersion: 1, trust: trust))
        self.group = group
    }

    /// What is in force now.
    var current: Current { state.withLock { $0 } }

    /// Puts a rule set in force; returns when every loop uses it.
    func replace(_ policies: PolicySnapshot) async {
        let next = state.withLock { state in
            state.policies = policies
            state.policyVersion += 1
            return state
        }
        await install(next)
    }

    /// Puts the keys of an issuer, and of those that share them, in force; returns when every loop
    /// uses them. Those of other issuers stay.
    func replaceKeys(_ publication: KeyPublication) async {
        let next = state.withLock { state in
            for issuer in publication.issuers {
                state.trust = state.trust.replacingKeys(
                    of: issuer, with: publication.keys, generation: state.trust.generation + 1)
            }
            return state
        }
        await install(next)
    }

    private func install(_ next: Current) async {
        await group.broadcast { loop in
            loop.attached(PolicyGate.self)?.install(next)
        }
    }
}
