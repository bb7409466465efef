package import Values

/// The verified tokens of one event loop, found by the bytes of the token.
///
/// Looking up allocates nothing and copies nothing: a keyed hash of the token's end (where its
/// signature is), then a comparison of all bytes. Memory is bounded in entries and bytes.
///
/// What is evicted (after S3-FIFO): a new token is on probation, and only one that was found again
/// joins the lasting ones, so that a flood of tokens that are used once pushes out nothing that is
/// in use.
///
/// An entry ends at `exp` plus leeway, and with its generation: a token that was accepted under
/// other keys or another configuration is checked again.
package final class TokenCache {
    /// A cached token: its row, and a stamp that changes whenever the row gets another content, so
    /// that what others keep beside the row can be told from what belongs to its predecessor.
    package struct Entry: Hashable, Sendable {
        /// From 0 to the capacity.
        package let index: Int
        /// Changes with the content of the row.
        package let stamp: UInt32
    }

    /// Plain numbers: a look-up reads them without a reference count.
    private struct Row {
        var hash: UInt64
        var endsAt: UnixTime
        var generation: UInt64
        /// 0: the configuration is not known, so the entry never outlives its generation.
        var lineage: UInt64
        /// How often it was found since it last had to prove itself; at most 3.
        var uses: UInt8
    }

    /// Lookups that found a current entry.
    package private(set) var hits: UInt64 = 0
    /// Lookups that found none.
    package private(set) var misses: UInt64 = 0
    /// Entries removed to make room.
    package private(set) var evictions: UInt64 = 0
    /// Entries held.
    package private(set) var count = 0
    /// Estimate of the bytes held.
    package private(set) var bytes = 0

    private let capacity: Int
    private let maxBytes: Int
    private let hash: SipHash
    private let mask: Int
    /// Open addressing with linear probing: a row's number plus one, or 0.
    private var slots: [UInt32]
    private var rows: [Row?] = []
    /// The token of each row and what was read from it.
    private var tokens: [[UInt8]] = []
    private var verified: [VerifiedToken?] = []
    private var stamps: [UInt32] = []
    private var freeRows: [Int] = []
    private var probation: IndexQueue
    private var lasting: IndexQueue

    /// An eviction spares no more of the lasting ones than this, so that none is a pause. An entry
    /// leaves probation once, so that those need no bound.
    private static let mostLooks = 64
    /// Bytes of a token's end that are hashed: at least half of a signature of any algorithm, and nobody
    /// can have tokens accepted that differ but end alike.
    private static let hashedBytes = 64

    /// A cache.
    ///
    /// - Parameters:
    ///   - capacity: the most entries, 1 to 16 million.
    ///   - maxBytes: the most bytes, by estimate; one token is kept whatever its size.
    ///   - seed: the random key of the hash, one per process.
    package init(capacity: Int, maxBytes: Int, seed: (UInt64, UInt64)) {
        self.capacity = min(max(1, capacity), 1 << 24)
        self.maxBytes = maxBytes
        hash = SipHash(key: seed)
        var size = 16
        while size < self.capacity * 2 { size *= 2 }
        mask = size - 1
        slots = [UInt32](repeating: 0, count: size)
        probation = IndexQueue(capacity: self.capacity)
        lasting = IndexQueue(capacity: self.capacity)
    }

    /// The entry of a token that was accepted in this generation and has not ended.
    package func find(_ token: Span<UInt8>, generation: UInt64, now: UnixTime) -> Entry? {
        guard let index = row(of: token, hash: hashEnd(of: token)), let row = rows[index],
            row.generation == generation, now < row.endsAt
        else {
            misses += 1
            return nil
        }
        return found(index, uses: row.uses)
    }

    /// The entry of a token that this snapshot accepts and that has not ended.
    ///
    /// An entry of an earlier snapshot with the same configuration counts if the issuer's set still
    /// holds its key, by material: so a rotation does not have every token checked again.
    package func find(_ token: Span<UInt8>, trust: TrustSnapshot, now: UnixTime) -> Entry? {
        guard let index = row(of: token, hash: hashEnd(of: token)), let row = rows[index],
            now < row.endsAt
        else {
            misses += 1
            return nil
        }
        if row.generation != trust.generation || row.lineage != trust.lineage {
            guard let verified = verified[index],
                trust.stillTrusts(verified, checkedIn: row.lineage)
            else {
                misses += 1
                return nil
            }
            rows[index]?.generation = trust.generation
        }
        return found(index, uses: row.uses)
    }

    /// The token of an entry, or nil where the row has another content by now.
    package subscript(entry: Entry) -> VerifiedToken? {
        guard rows.indices.contains(entry.index), stamps[entry.index] == entry.stamp else {
            return nil
        }
        return verified[entry.index]
    }

    /// Keeps a token that this generation's snapshot accepted. The token's bytes are copied.
    @discardableResult
    package func insert(
        _ token: Span<UInt8>,
        _ verified: VerifiedToken,
        generation: UInt64,
        now: UnixTime,
        leewaySeconds: Int64
    ) -> Entry {
        insert(
            token, verified, generation: generation, lineage: 0, now: now,
            leewaySeconds: leewaySeconds)
    }

    /// Keeps a token that this snapshot accepted. The token's bytes are copied.
    @discardableResult
    package func insert(
        _ token: Span<UInt8>, _ verified: VerifiedToken, trust: TrustSnapshot, now: UnixTime
    ) -> Entry {
        insert(
            token, verified, generation: trust.generation, lineage: trust.lineage, now: now,
            leewaySeconds: trust.configuration.leewaySeconds)
    }

    private func insert(
        _ token: Span<UInt8>,
        _ verified: VerifiedToken,
        generation: UInt64,
        lineage: UInt64,
        now: UnixTime,
        leewaySeconds: Int64
    ) -> Entry {
        let hash = hashEnd(of: token)
        let endsAt = verified.expiresAt.advanced(bySeconds: leewaySeconds)
        if let index = row(of: token, hash: hash) {
            if self.verified[index] === verified, rows[index]?.generation == generation {
                return Entry(index: index, stamp: stamps[index])
            }
            self.verified[index] = verified
            rows[index]?.endsAt = endsAt
            rows[index]?.generation = generation
            rows[index]?.lineage = lineage
            stamps[index] &+= 1
            return Entry(index: index, stamp: stamps[index])
        }
        let cost = Self.cost(ofTokenBytes: token.count)
        while count > 0, count >= capacity || bytes > maxBytes - cost {
            evict(now: now, generation: generation)
        }
        let row = Row(
            hash: hash, endsAt: endsAt, generation: generation, lineage: lineage, uses: 0)
        return add(row, Array(copying: token), verified, cost: cost)
    }
}

// MARK: Rows

extension TokenCache {
    private func found(_ index: Int, uses: UInt8) -> Entry {
        hits += 1
        if uses < 3 { rows[index]?.uses = uses + 1 }
        return Entry(index: index, stamp: stamps[index])
    }

    private func add(
        _ row: Row, _ token: [UInt8], _ verified: VerifiedToken, cost: Int
    ) -> Entry {
        let index: Int
        if let free = freeRows.popLast() {
            index = free
            rows[index] = row
            tokens[index] = token
            self.verified[index] = verified
        } else {
            index = rows.count
            rows.append(row)
            tokens.append(token)
            self.verified.append(verified)
            stamps.append(0)
        }
        stamps[index] &+= 1
        var slot = Int(truncatingIfNeeded: row.hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(truncatingIfNeeded: index + 1)
        probation.push(index)
        count += 1
        bytes += cost
        return Entry(index: index, stamp: stamps[index])
    }

    /// Removes one entry: the first of those on probation, or of the lasting, that is over or was
    /// not found since it was last looked at.
    private func evict(now: UnixTime, generation: UInt64) {
        var looks = 0
        while true {
            let isOnProbation = probation.count > capacity / 10 || lasting.count == 0
            guard let index = isOnProbation ? probation.pop() : lasting.pop(),
                let row = rows[index]
            else { return }
            let isOver = now >= row.endsAt || (row.generation != generation && row.lineage == 0)
            guard row.uses > 0, !isOver, looks < Self.mostLooks else {
                remove(index, row)
                evictions += 1
                return
            }
            rows[index]?.uses = isOnProbation ? 0 : row.uses - 1
            lasting.push(index)
            if !isOnProbation { looks += 1 }
        }
    }

    private func remove(_ index: Int, _ row: Row) {
        var hole = Int(truncatingIfNeeded: row.hash) & mask
        while Int(slots[hole]) != index + 1 { hole = (hole + 1) & mask }
        // Moves later rows of the run into the hole, unless that put them before their own place.
        var slot = hole
        while true {
            slot = (slot + 1) & mask
            guard slots[slot] != 0, let other = rows[Int(slots[slot]) - 1] else { break }
            let home = Int(truncatingIfNeeded: other.hash) & mask
            if (slot - home) & mask >= (slot - hole) & mask {
                slots[hole] = slots[slot]
                hole = slot
            }
        }
        slots[hole] = 0
        rows[index] = nil
        stamps[index] &+= 1
        freeRows.append(index)
        count -= 1
        bytes -= Self.cost(ofTokenBytes: tokens[index].count)
        tokens[index] = []
        verified[index] = nil
    }

    private func row(of token: Span<UInt8>, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            // SECURITY: all bytes are compared. A hash alone would let one token pass for another.
            if let row = rows[index], row.hash == hash, Self.isSame(tokens[index], token) {
                return index
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private static func isSame(_ kept: borrowing [UInt8], _ token: Span<UInt8>) -> Bool {
        kept.span.isSame(as: token)
    }

    /// Verified tokens differ in their signatures; all of a token is compared anyway.
    private func hashEnd(of token: Span<UInt8>) -> UInt64 {
        hash.hash(token.extracting(last: Self.hashedBytes))
    }

    /// The token, what was read from it, and the tables' share.
    private static func cost(ofTokenBytes count: Int) -> Int { 2 * count + 512 }
}
