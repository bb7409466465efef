import Transport
import Values

/// The addresses of one upstream, and which of them to connect to next.
///
/// The one that worked last is used until it fails; one that failed is left out for a moment, as
/// long as there is another.
struct AddressTurns {
    /// How long an address that failed is left out.
    private static let pause: UInt64 = 5_000_000_000
    /// So many addresses are used at most: an exchange remembers in one word which it has tried.
    private static let limit = 64

    let addresses: [SocketAddress]
    private var skippedUntil: [MonotonicTime]
    private var current = 0

    init(_ addresses: [SocketAddress]) {
        self.addresses = Array(addresses.prefix(Self.limit))
        skippedUntil = Array(
            repeating: MonotonicTime(nanoseconds: 0), count: self.addresses.count)
    }

    /// The number of the address to try; nil where all were.
    ///
    /// - Parameter tried: a bit for each address that this exchange has tried.
    func next(after tried: UInt64, at now: MonotonicTime) -> Int? {
        var doubtful: Int?
        for step in 0..<addresses.count {
            let number = (current &+ step) % addresses.count
            guard tried & (1 &<< UInt64(number)) == 0 else { continue }
            if skippedUntil[number] <= now { return number }
            if doubtful == nil { doubtful = number }
        }
        return doubtful
    }

    /// A connection to it came about.
    mutating func worked(_ number: Int) {
        current = number
        skippedUntil[number] = MonotonicTime(nanoseconds: 0)
    }

    /// A connection to it did not come about.
    mutating func failed(_ number: Int, at now: MonotonicTime) {
        skippedUntil[number] = now.advanced(byNanoseconds: Self.pause)
        if current == number { current = (number &+ 1) % addresses.count }
    }
}
