import Synchronization

/// What all precomputed keys of one curve share: the group, the generator's table and the scratch
/// memory of checks. Made once per process, when the first such key is.
final class CombCurve: Sendable {
    /// Contexts that are kept: as many as threads check at one time, on any machine that matters.
    private static let maximumContexts = 16

    let group: CurveGroup
    /// Nil for P-256: libcrypto has a table of that generator and machine code for it, and takes a
    /// third of the time.
    let generator: CombTable?
    private let idle = Mutex<[CombContext]>([])

    private static let p256 = CombCurve(.p256)
    private static let p384 = CombCurve(.p384)
    private static let p521 = CombCurve(.p521)

    /// The one of the curve, or nil where libcrypto failed to make it.
    static func shared(_ curve: EllipticCurve) -> CombCurve? {
        switch curve {
        case .p256: p256
        case .p384: p384
        case .p521: p521
        }
    }

    /// Bits of a window: more bits mean fewer additions, larger tables and longer loading.
    static func width(_ curve: EllipticCurve) -> Int {
        switch curve {
        case .p256, .p384: 8
        case .p521: 7
        }
    }

    private init?(_ curve: EllipticCurve) {
        guard let group = CurveGroup(curve) else { return nil }
        self.group = group
        if curve == .p256 {
            generator = nil
            return
        }
        guard let point = CurvePoint.generator(of: group),
            let table = CombTable(of: point, in: group, width: Self.width(curve)),
            let context = CombContext(group), Self.isSound(table, of: point, by: context)
        else { return nil }
        generator = table
    }

    /// The table of a public key.
    func table(x: [UInt8], y: [UInt8], width: Int) -> CombTable? {
        guard let point = CurvePoint(group, x: x, y: y),
            let table = CombTable(of: point, in: group, width: width),
            let context = takeContext()
        else { return nil }
        defer { putBack(context) }
        return Self.isSound(table, of: point, by: context) ? table : nil
    }

    /// Whether the table agrees with libcrypto's own multiplication.
    private static func isSound(
        _ table: CombTable, of point: CurvePoint, by context: CombContext
    ) -> Bool {
        probes(context.byteCount).allSatisfy { context.agrees(table, of: point, scalar: $0) }
    }

    /// Scalars for which tables are checked: all ones, which is near the order or beyond it, and
    /// one that nobody can foresee.
    private static func probes(_ byteCount: Int) -> [[UInt8]] {
        [[UInt8](repeating: 0xFF, count: byteCount), RandomBytes.make(byteCount)]
    }

    /// A context for one check; a new one where all are in use, so that nobody waits.
    func takeContext() -> CombContext? {
        idle.withLock { $0.popLast() } ?? CombContext(group)
    }

    /// Keeps a context for the next check.
    func putBack(_ context: CombContext) {
        idle.withLock { kept in
            if kept.count < Self.maximumContexts { kept.append(context) }
        }
    }
}
