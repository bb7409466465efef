import Store
import Telemetry
import Values

extension OrganizationService {
    /// How often open creations are looked for, and the template is read.
    static let roundSeconds: Int64 = 60
    /// How long an open creation is left alone after it was touched.
    static let restSeconds: Int64 = 300
    /// The most creations of one round.
    static let creationsPerRound = 20

    package func run() async throws {
        await readiness.check()
        await settleOpenCreations(untouchedFor: 0)
        while !stopSignal.isStopped, !Task.isCancelled {
            await stopSignal.wait(atMost: .seconds(Self.roundSeconds), surroundings.wait)
            guard !stopSignal.isStopped, !Task.isCancelled else { return }
            await readiness.check()
            await settleOpenCreations(untouchedFor: Self.restSeconds)
        }
    }

    package func stop() async { stopSignal.stop() }

    /// Brings creations to an end that a dead process, or a failure, has left open.
    package func settleOpenCreations(untouchedFor seconds: Int64) async {
        guard readiness.isChecked, readiness.degradation == nil else { return }
        let latest = surroundings.now().advanced(bySeconds: -seconds)
        let open: [CreationRecord]
        do throws(StoreFailure) {
            open = try await store.perform { database throws(StoreFailure) in
                try database.openCreations(limit: Self.creationsPerRound)
            }
        } catch { return report(error) }
        for creation in open where creation.updated <= latest {
            guard !stopSignal.isStopped, !Task.isCancelled else { return }
            _ = await locks.holding(creation.user) { await settle(creation) }
        }
    }

    private func settle(_ creation: CreationRecord) async {
        // A client that is here already carries it on itself.
        guard underWay.take(creation.key, fingerprint: nil) == .taken else { return }
        defer { underWay.giveBack(creation.key) }
        let current = try? await store.perform { database throws(StoreFailure) in
            try database.creation(creation.id)
        }
        guard let current = current ?? nil, !current.state.isSettled else { return }
        log.info("open creation is settled", facts: saga.facts(current))
        let end =
            isStillWanted(current)
            ? await saga.carryOn(current, draft: nil, isNew: false) : await saga.undo(current)
        // The client is gone; whoever repeats the request reads the answer from the store.
        _ = try? await conclude(current, end, now: surroundings.now())
    }

    /// An interrupted creation was answered to nobody and is completed. One whose client was told
    /// of a failure is completed only while that client may come back with its key; else undone.
    private func isStillWanted(_ creation: CreationRecord) -> Bool {
        let age = surroundings.now().seconds - creation.created.seconds
        guard age < Self.keptSeconds else { return false }
        return creation.isWanted || creation.state != .needsRepair
    }
}
