import JOSE
import Transport

/// The tokens whose signatures wait to be checked: bounded, each token once, and fair.
///
/// Tokens wait in a lane for each sender's address, and the lanes take turns: whoever sends many
/// new tokens waits for those, and nobody else does. One sender may fill the whole queue while nobody
/// else needs it. When it is full, a token from a sender with fewer takes the place of the last one
/// in the longest lane.
struct VerificationQueue<Waiter> {
    /// The bounds.
    struct Limits: Sendable {
        /// Tokens that wait or are being checked.
        var tokens = 1024
        /// Their bytes.
        var bytes = 4 << 20
        /// Requests that wait for them.
        var waiters = 8192
    }

    /// What became of a token that was added.
    enum Outcome: Equatable {
        case queued
        /// The same token waits already, or is being checked.
        case joined
        case full
    }

    private struct Job {
        let key: TokenKey
        let sender: Sender
        var waiters: [Waiter]
    }

    private let limits: Limits
    private var jobs: [Int: Job] = [:]
    private var numbers: [TokenKey: Int] = [:]
    private var lanes: [Sender: Fifo<Int>] = [:]
    /// Senders with a lane, in the order of their turns.
    private var turns = Fifo<Sender>()
    private var lastNumber = 0

    /// Tokens that wait or are being checked.
    var count: Int { jobs.count }
    /// Tokens that nobody has begun to check.
    private(set) var waiting = 0
    /// The bytes of the tokens.
    private(set) var bytes = 0
    /// Requests that wait.
    private(set) var waiters = 0

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Adds a token and who waits for it.
    ///
    /// - Returns: what became of it, and who lost a place to it.
    mutating func add(
        _ key: TokenKey, from address: SocketAddress, _ waiter: Waiter
    ) -> (outcome: Outcome, displaced: [Waiter]) {
        guard waiters < limits.waiters else { return (.full, []) }
        if let number = numbers[key] {
            jobs[number]?.waiters.append(waiter)
            waiters += 1
            return (.joined, [])
        }
        let sender = Sender(address)
        var displaced: [Waiter] = []
        while jobs.count >= limits.tokens || bytes > limits.bytes - key.token.bytes.count {
            guard let lost = displace(for: sender) else { return (.full, displaced) }
            displaced += lost
        }
        lastNumber &+= 1
        jobs[lastNumber] = Job(key: key, sender: sender, waiters: [waiter])
        numbers[key] = lastNumber
        if lanes[sender] == nil { turns.append(sender) }
        lanes[sender, default: Fifo()].append(lastNumber)
        waiting += 1
        waiters += 1
        bytes += key.token.bytes.count
        return (.queued, displaced)
    }

    /// Takes the next token; it stays known until `finish`, so that others can join it.
    mutating func next() -> (number: Int, token: ScreenedToken)? {
        while let sender = turns.popFirst() {
            guard let number = lanes[sender]?.popFirst(), let job = jobs[number] else {
                lanes[sender] = nil
                continue
            }
            if lanes[sender]?.isEmpty ?? true { lanes[sender] = nil } else { turns.append(sender) }
            waiting -= 1
            return (number, job.key.token)
        }
        return nil
    }

    /// Forgets a token that was checked.
    ///
    /// - Returns: who waits for it.
    mutating func finish(_ number: Int) -> [Waiter] {
        guard let job = jobs.removeValue(forKey: number) else { return [] }
        numbers[job.key] = nil
        bytes -= job.key.token.bytes.count
        waiters -= job.waiters.count
        return job.waiters
    }

    /// Forgets the tokens that nobody has begun to check.
    ///
    /// - Returns: who waits for them.
    mutating func removeWaiting() -> [Waiter] {
        var left: [Waiter] = []
        while let (number, _) = next() { left += finish(number) }
        return left
    }

    /// Removes the last token of the longest lane, unless the sender's own is as long.
    private mutating func displace(for sender: Sender) -> [Waiter]? {
        // Where each lane holds one, nobody has more than anybody else.
        guard waiting > lanes.count else { return nil }
        let own = lanes[sender]?.count ?? 0
        var longest: (sender: Sender, count: Int)?
        for (other, lane) in lanes where lane.count > (longest?.count ?? own + 1) {
            longest = (other, lane.count)
        }
        guard let longest, let number = lanes[longest.sender]?.popLast() else { return nil }
        waiting -= 1
        return finish(number)
    }
}

/// A token and the hash of its bytes, by which it is found. All bytes are compared.
struct TokenKey: Hashable {
    let token: ScreenedToken
    private let hash: UInt64

    /// - Parameter hash: its key is random: whoever sends tokens must not choose their places.
    init(_ token: ScreenedToken, hash: SipHash) {
        self.token = token
        self.hash = hash.hash(token.bytes.span)
    }

    static func == (left: TokenKey, right: TokenKey) -> Bool {
        left.hash == right.hash && left.token.isSame(as: right.token)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// Who sends, as far as turns are concerned: one address, or the smallest network that IPv6 hands
/// out.
struct Sender: Hashable {
    private let family: UInt8
    private let network: UInt64

    init(_ address: SocketAddress) {
        switch address {
        case .ipv4(let number, _): (family, network) = (4, UInt64(number))
        case .ipv6(let high, _, _, _): (family, network) = (6, high)
        case .unix: (family, network) = (0, 0)
        }
    }
}

/// First in, first out; taking moves nothing until half of the memory is free.
private struct Fifo<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            head += 1
            if head * 2 >= elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    mutating func popLast() -> Element? {
        isEmpty ? nil : elements.removeLast()
    }
}
