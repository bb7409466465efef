/// Random damage to bytes.
enum Mutation {
    private static let interesting = Array(".{}[]\",:\\ue0-_=+/ \u{0}tn19".utf8)

    /// One to four changes: a bit, a byte, a cut, a copy, an insertion, a truncation.
    static func mutated(_ bytes: [UInt8], using random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[index] = interesting.randomElement(using: &random) ?? 0
            case 2:
                let end = min(bytes.count, index + Int.random(in: 1..<20, using: &random))
                bytes.removeSubrange(index..<end)
            case 3:
                let end = min(bytes.count, index + Int.random(in: 1..<20, using: &random))
                bytes.insert(contentsOf: Array(bytes[index..<end]), at: index)
            case 4:
                bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
            default:
                if Int.random(in: 0..<10, using: &random) == 0 { bytes.removeSubrange(index...) }
            }
        }
        return bytes
    }
}
