/// Random numbers that come again with the same seed (SplitMix64), so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 if there is none.
    mutating func below(_ bound: Int) -> Int {
        bound <= 0 ? 0 : Int(truncatingIfNeeded: next() % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    mutating func text(upTo length: Int) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1f}", "\u{7f}",
            "\u{e9}", "\u{301}", "\u{20ac}", "\u{2028}", "\u{fffd}", "\u{1f600}", "\u{10ffff}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<below(length + 1) { text.append(pick(scalars)) }
        return String(text)
    }

    /// Replaces, inserts, removes or doubles something.
    mutating func mutate(_ bytes: inout [UInt8]) {
        let at = below(bytes.count + 1)
        switch below(4) {
        case 0 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: next())
        case 1 where at < bytes.count: bytes.remove(at: at)
        case 2:
            let end = min(bytes.count, at + below(20))
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: below(bytes.count + 1))
        default: bytes.insert(pick(Array("\"\\{}[]:,-#'|>&*!?%@ \n\tae0u".utf8)), at: at)
        }
    }
}
