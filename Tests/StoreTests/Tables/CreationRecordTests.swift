import Store
import Testing
import Values

@Suite struct CreationRecordTests {
    let store: EmbeddedStore

    init() throws { store = try EmbeddedStore.open(.inMemory) }

    @Test(arguments: [
        CreationState.started, .organizationCreated, .memberAdded, .needsRepair,
    ])
    func `a creation that is not settled is open`(_ state: CreationState) async throws {
        var changed = Example.creation("s1")
        changed.state = state
        changed.organization = OrganizationID("o1")
        changed.lastError = "upstream-unavailable"
        changed.updated = Example.now.advanced(bySeconds: 5)
        let written = changed
        let open = try await store.perform { database throws(StoreFailure) in
            try database.insert(Example.creation("s1"))
            try database.update(written)
            return try database.openCreations(limit: 10)
        }
        #expect(open == [written])
        #expect(!state.isSettled)
    }

    @Test(arguments: [CreationState.finished, .compensated])
    func `a settled creation stays as it is`(_ state: CreationState) async throws {
        let (found, open) = try await store.perform { database throws(StoreFailure) in
            var creation = Example.creation("s1")
            try database.insert(creation)
            creation.state = state
            try database.update(creation)
            creation.state = .started
            try database.update(creation)
            return (
                try database.creation(creation.id), try database.openCreations(limit: 10)
            )
        }
        #expect(found?.state == state)
        #expect(open.isEmpty)
    }

    @Test func `the longest untouched comes first, and no more than asked for`() async throws {
        let open = try await store.perform { database throws(StoreFailure) in
            for (index, age) in [10, 30, 20].enumerated() {
                var creation = Example.creation("s\(index)")
                creation.updated = Example.now.advanced(bySeconds: Int64(-age))
                try database.insert(creation)
            }
            return try database.openCreations(limit: 2).map(\.id.text)
        }
        #expect(open == ["s1", "s2"])
    }

    @Test func `text of every kind comes back as it was`() async throws {
        let name = "Zoë \u{65}\u{301} \u{0}\u{1F3E2} '; DROP TABLE creation; --"
        let found = try await store.perform { database throws(StoreFailure) in
            try database.insert(
                CreationRecord(
                    id: CreationID("s1"), user: UserID("u1"), name: name, key: Example.key,
                    isWanted: false, now: Example.now
                )
            )
            return try database.creation(CreationID("s1"))
        }
        #expect(found.map { Array($0.name.utf8) } == Array(name.utf8))
        #expect(found?.isWanted == false)
    }
}
