import Values

/// Watermarks by whom they concern: a value that finds those of a token, and that never grows beyond
/// its bound.
///
/// INVARIANT: nothing that was refused is accepted again before its watermark has ended. Where there is
/// no room for one more, watermarks of members become the one of their organization; what cannot be
/// folded so becomes a watermark for everybody.
struct WatermarkTable: Sendable {
    private struct Mark {
        /// Whole seconds.
        var notBefore: Int64
        /// Its place in `places`.
        let place: Int
    }

    private struct Organization {
        var own: Mark?
        var members: [UserID: Mark] = [:]

        /// How many entries are saved when the members' become the organization's own.
        var foldable: Int { members.count - (own == nil ? 1 : 0) }

        /// The organization's own watermark with all of its members' in it.
        func fold(of id: OrganizationID, atLeast second: Int64) -> Watermark {
            let latest = members.values.reduce(max(second, own?.notBefore ?? .min)) {
                max($0, $1.notBefore)
            }
            return Watermark(.organization(id), notBefore: UnixTime(seconds: latest))
        }
    }

    /// The most entries, that for everybody not counted.
    let capacity: Int
    /// Entries, that for everybody not counted.
    private(set) var count = 0
    /// Entries of members that became one of their organization.
    private(set) var folded: UInt64 = 0
    /// Entries that became one for everybody.
    private(set) var widened: UInt64 = 0

    private var everybody: Int64?
    private var users: [UserID: Mark] = [:]
    private var clients: [ClientID: Mark] = [:]
    private var organizations: [OrganizationID: Organization] = [:]
    /// Every entry's subject, so that all can be looked at in small steps.
    private var places: [Watermark.Subject?] = []
    private var freePlaces: [Int] = []
    private var nextPlace = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var isEmpty: Bool { count == 0 && everybody == nil }

    // MARK: Looking up

    /// Whether a token counts, by what it says.
    func accepts(
        user: UserID, client: ClientID, organization: OrganizationID?, issuedAt: UnixTime
    ) -> Bool {
        let second = issuedAt.seconds
        if let everybody, second <= everybody { return false }
        if count == 0 { return true }
        if let mark = users[user], second <= mark.notBefore { return false }
        if let mark = clients[client], second <= mark.notBefore { return false }
        guard let organization, let known = organizations[organization] else { return true }
        if let mark = known.own, second <= mark.notBefore { return false }
        if let mark = known.members[user], second <= mark.notBefore { return false }
        return true
    }

    /// The watermark that makes this one needless, if there is one: of the same subject or a wider
    /// one, and not earlier.
    func covering(_ watermark: Watermark) -> Watermark? {
        let second = watermark.notBefore.seconds
        func found(_ subject: Watermark.Subject, _ notBefore: Int64?) -> Watermark? {
            guard let notBefore, notBefore >= second else { return nil }
            return Watermark(subject, notBefore: UnixTime(seconds: notBefore))
        }
        if let wider = found(.everybody, everybody) { return wider }
        if case .member(let organization, _) = watermark.subject,
            let wider = found(
                .organization(organization), organizations[organization]?.own?.notBefore)
        {
            return wider
        }
        return found(watermark.subject, mark(of: watermark.subject)?.notBefore)
    }

    /// Some of the entries, that for everybody first.
    func some(_ limit: Int) -> [Watermark] {
        var all: [Watermark] = []
        if let everybody {
            all.append(Watermark(.everybody, notBefore: UnixTime(seconds: everybody)))
        }
        for subject in places {
            guard all.count < limit else { break }
            guard let subject, let mark = mark(of: subject) else { continue }
            all.append(Watermark(subject, notBefore: UnixTime(seconds: mark.notBefore)))
        }
        return all
    }

    private func mark(of subject: Watermark.Subject) -> Mark? {
        switch subject {
        case .everybody: nil
        case .user(let user): users[user]
        case .client(let client): clients[client]
        case .organization(let organization): organizations[organization]?.own
        case .member(let organization, let user): organizations[organization]?.members[user]
        }
    }

    // MARK: Raising

    /// Puts a watermark in force within the bound.
    ///
    /// - Returns: what another table must `merge` to refuse the same tokens: the watermark itself, or
    ///   those that stand for it.
    mutating func raise(_ watermark: Watermark) -> [Watermark] {
        if let covering = covering(watermark) { return [covering] }
        var raised: [Watermark] = []
        if needsRoom(for: watermark.subject) {
            if let own = ownOrganization(of: watermark) {
                fold(own, into: &raised)
                return raised
            }
            if let largest = largestFold() { fold(largest, into: &raised) }
            if needsRoom(for: watermark.subject) {
                widened += 1
                let wide = Watermark(.everybody, notBefore: watermark.notBefore)
                merge(wide)
                return raised + [wide]
            }
        }
        merge(watermark)
        raised.append(watermark)
        return raised
    }

    /// Takes a watermark over as it is, whatever the bound; what it makes needless goes.
    ///
    /// - Returns: whether a token that counted may count no longer.
    @discardableResult
    mutating func merge(_ watermark: Watermark) -> Bool {
        guard covering(watermark) == nil else { return false }
        let second = watermark.notBefore.seconds
        switch watermark.subject {
        case .everybody:
            everybody = second
            // Once in as many raises as the table has entries, so that it costs each of them little.
            dropAll { $0 <= second }
        case .user(let user):
            users[user] = placed(users[user], second, watermark.subject)
        case .client(let client):
            clients[client] = placed(clients[client], second, watermark.subject)
        case .organization(let id):
            var organization = organizations[id] ?? Organization()
            organization.own = placed(organization.own, second, watermark.subject)
            for (user, mark) in organization.members where mark.notBefore <= second {
                organization.members[user] = nil
                free(mark)
            }
            organizations[id] = organization
        case .member(let id, let user):
            let mark = placed(organizations[id]?.members[user], second, watermark.subject)
            organizations[id, default: Organization()].members[user] = mark
        }
        return true
    }

    private func needsRoom(for subject: Watermark.Subject) -> Bool {
        count >= capacity && mark(of: subject) == nil && subject != .everybody
    }

    /// The organization's watermark that can stand for a member's without taking more room.
    private func ownOrganization(of watermark: Watermark) -> Watermark? {
        guard case .member(let id, _) = watermark.subject, let known = organizations[id] else {
            return nil
        }
        return known.fold(of: id, atLeast: watermark.notBefore.seconds)
    }

    /// The fold that makes the most room; of several the first by name, so that it does not depend on
    /// the order of a dictionary.
    private func largestFold() -> Watermark? {
        var best: (id: OrganizationID, organization: Organization)?
        for (id, organization) in organizations where organization.foldable > 0 {
            if let best {
                guard organization.foldable >= best.organization.foldable else { continue }
                if organization.foldable == best.organization.foldable, best.id < id { continue }
            }
            best = (id, organization)
        }
        return best.map { $0.organization.fold(of: $0.id, atLeast: .min) }
    }

    private mutating func fold(_ watermark: Watermark, into raised: inout [Watermark]) {
        let before = count
        merge(watermark)
        folded += UInt64(max(0, before - count)) + 1
        raised.append(watermark)
    }

    private mutating func placed(
        _ known: Mark?, _ second: Int64, _ subject: Watermark.Subject
    ) -> Mark {
        if let known { return Mark(notBefore: second, place: known.place) }
        count += 1
        if let place = freePlaces.popLast() {
            places[place] = subject
            return Mark(notBefore: second, place: place)
        }
        places.append(subject)
        return Mark(notBefore: second, place: places.count - 1)
    }

    // MARK: Forgetting

    /// Forgets an entry, unless it was raised since.
    mutating func remove(_ watermark: Watermark) {
        let second = watermark.notBefore.seconds
        if watermark.subject == .everybody {
            if let known = everybody, known <= second { everybody = nil }
        } else if let mark = mark(of: watermark.subject), mark.notBefore <= second {
            drop(watermark.subject, mark)
        }
    }

    /// Looks at so many entries, where the last look ended, and forgets those up to the instant.
    mutating func expire(until ended: UnixTime, steps: Int) {
        let second = ended.seconds
        if let known = everybody, known <= second { everybody = nil }
        for _ in 0..<min(steps, places.count) {
            if nextPlace >= places.count { nextPlace = 0 }
            let subject = places[nextPlace]
            nextPlace += 1
            guard let subject, let mark = mark(of: subject), mark.notBefore <= second else {
                continue
            }
            drop(subject, mark)
        }
    }

    private mutating func dropAll(where isOver: (Int64) -> Bool) {
        for subject in places {
            guard let subject, let mark = mark(of: subject), isOver(mark.notBefore) else {
                continue
            }
            drop(subject, mark)
        }
    }

    private mutating func drop(_ subject: Watermark.Subject, _ mark: Mark) {
        switch subject {
        case .everybody: return
        case .user(let user): users[user] = nil
        case .client(let client): clients[client] = nil
        case .organization(let id):
            organizations[id]?.own = nil
            dropIfEmpty(id)
        case .member(let id, let user):
            organizations[id]?.members[user] = nil
            dropIfEmpty(id)
        }
        free(mark)
    }

    private mutating func dropIfEmpty(_ id: OrganizationID) {
        guard let organization = organizations[id], organization.own == nil,
            organization.members.isEmpty
        else { return }
        organizations[id] = nil
    }

    private mutating func free(_ mark: Mark) {
        places[mark.place] = nil
        freePlaces.append(mark.place)
        count -= 1
    }
}
