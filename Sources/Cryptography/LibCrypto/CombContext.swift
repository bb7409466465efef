import CLibCrypto

/// The scratch memory of one check, kept for the next: nothing is allocated while it is used.
///
/// `@unchecked Sendable`: one thread at a time has it, since `CombCurve` hands it out and takes it
/// back, and it is bound to no thread.
final class CombContext: @unchecked Sendable {
    private let group: CurveGroup
    private let scratch: NumberScratch
    private let r: BigNumber
    private let s: BigNumber
    private let value: BigNumber
    private let inverse: BigNumber
    private let x: BigNumber
    private let z: BigNumber
    private let added: CurvePoint
    private let taken: CurvePoint
    private var scalar: [UInt8]

    init?(_ group: CurveGroup) {
        guard let scratch = NumberScratch(), let r = BigNumber(), let s = BigNumber(),
            let value = BigNumber(), let inverse = BigNumber(), let x = BigNumber(),
            let z = BigNumber(), let added = CurvePoint(group), let taken = CurvePoint(group)
        else { return nil }
        self.group = group
        self.scratch = scratch
        self.r = r
        self.s = s
        self.value = value
        self.inverse = inverse
        self.x = x
        self.z = z
        self.added = added
        self.taken = taken
        scalar = [UInt8](repeating: 0, count: group.curve.coordinateByteCount)
    }

    /// Bytes of a scalar and of each half of a signature.
    var byteCount: Int { scalar.count }

    /// Whether `r ‖ s` is a signature of the digest (SEC 1 § 4.1.4), or nil where libcrypto failed.
    ///
    /// - Parameters:
    ///   - generator: the table of the group's generator; nil where libcrypto has one of its own.
    ///   - key: the table of the public key.
    func isValid(
        _ signature: Span<UInt8>, digest: [UInt8], generator: CombTable?, key: CombTable
    ) -> Bool? {
        let half = scalar.count
        // INVARIANT: a digest has no more bits than the order; `EllipticCurve.hash` sees to it.
        guard signature.count == 2 * half, digest.count <= half else { return false }
        guard r.load(signature.extracting(0..<half)), s.load(signature.extracting(half..<2 * half)),
            value.load(digest.span)
        else { return failed() }
        // SECURITY: only numbers from 1 to the order − 1 are halves of a signature. A zero would
        // make terms vanish, and a number and the same plus the order would be two spellings.
        guard isInRange(r), isInRange(s) else { return false }
        guard unsafe BN_mod_inverse(inverse.raw, s.raw, group.order, scratch.raw) != nil,
            startSum(), multiplyByInverse(value), addGeneratorTerm(generator),
            multiplyByInverse(r), addTerm(key), finishSum()
        else { return failed() }
        return hasX(r)
    }

    /// Whether the table gives the multiple that libcrypto computes without it.
    func agrees(_ table: CombTable, of point: CurvePoint, scalar: [UInt8]) -> Bool {
        guard s.load(scalar.span),
            unsafe BN_nnmod(value.raw, s.raw, group.order, scratch.raw) == 1,
            startSum(), addTerm(table), finishSum(),
            unsafe EC_POINT_mul(
                group.raw, taken.raw, nil, point.raw, value.raw, scratch.raw) == 1
        else { return failed() ?? false }
        return unsafe EC_POINT_cmp(group.raw, added.raw, taken.raw, scratch.raw) == 0
    }

    /// Nil, with libcrypto's reasons cleared away.
    private func failed() -> Bool? {
        ERR_clear_error()
        return nil
    }

    private func isInRange(_ number: BigNumber) -> Bool {
        unsafe BN_is_zero(number.raw) == 0 && BN_cmp(number.raw, group.order) < 0
    }

    private func startSum() -> Bool {
        unsafe EC_POINT_set_to_infinity(group.raw, added.raw) == 1
            && EC_POINT_set_to_infinity(group.raw, taken.raw) == 1
    }

    /// Leaves number / s modulo the order in `value`.
    private func multiplyByInverse(_ number: BigNumber) -> Bool {
        unsafe BN_mod_mul(value.raw, number.raw, inverse.raw, group.order, scratch.raw) == 1
    }

    /// Makes the multiple by `value` of the generator the sum's first term.
    private func addGeneratorTerm(_ table: CombTable?) -> Bool {
        if let table { return addTerm(table) }
        return unsafe EC_POINT_mul(
            group.raw, added.raw, value.raw, nil, nil, scratch.raw) == 1
    }

    /// Adds the multiple by `value` of the table's point.
    private func addTerm(_ table: CombTable) -> Bool {
        value.write(to: &scalar)
            && table.add(
                scalar, to: added, orFrom: taken, in: group, scratch: scratch)
    }

    /// Leaves the whole sum in `added`.
    private func finishSum() -> Bool {
        unsafe EC_POINT_invert(group.raw, taken.raw, scratch.raw) == 1
            && EC_POINT_add(group.raw, added.raw, added.raw, taken.raw, scratch.raw) == 1
    }

    /// Whether the sum is a point whose x coordinate is r modulo the order; nil where libcrypto
    /// failed.
    ///
    /// The sum has coordinates X : Y : Z with x = X / Z². So x is r where r · Z² is X, and no
    /// number has to be inverted. As x may lie between order and prime, r + order counts too.
    private func hasX(_ r: BigNumber) -> Bool? {
        // SECURITY: the point at infinity has no x coordinate, but numbers left over from another.
        if unsafe EC_POINT_is_at_infinity(group.raw, added.raw) == 1 { return false }
        guard
            unsafe EC_POINT_get_Jprojective_coordinates_GFp(
                group.raw, added.raw, x.raw, nil, z.raw, scratch.raw) == 1,
            unsafe BN_mod_sqr(z.raw, z.raw, group.field.raw, scratch.raw) == 1
        else { return failed() }
        guard let isSame = hasX(equalTo: r) else { return failed() }
        if isSame { return true }
        guard unsafe BN_add(r.raw, r.raw, group.order) == 1 else { return failed() }
        // SECURITY: a number beyond the prime would stand for a small x that is not r.
        guard unsafe BN_cmp(r.raw, group.field.raw) < 0 else { return false }
        return hasX(equalTo: r) ?? failed()
    }

    private func hasX(equalTo number: BigNumber) -> Bool? {
        guard
            unsafe BN_mod_mul(value.raw, number.raw, z.raw, group.field.raw, scratch.raw) == 1
        else { return nil }
        return unsafe BN_cmp(value.raw, x.raw) == 0
    }
}
