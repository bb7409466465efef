import CLibCrypto

/// A NIST group and the numbers of it that a check needs.
///
/// `@unchecked Sendable`: nothing of it changes once it is made, and libcrypto reads a group from
/// any number of threads.
@safe final class CurveGroup: @unchecked Sendable {
    let curve: EllipticCurve
    let raw: OpaquePointer
    /// The prime of the field.
    let field: BigNumber
    /// The number of points; a part of the group.
    let order: OpaquePointer

    init?(_ curve: EllipticCurve) {
        guard let field = BigNumber() else { return nil }
        guard let raw = unsafe EC_GROUP_new_by_curve_name(curve.identifier) else {
            ERR_clear_error()
            return nil
        }
        guard let order = unsafe EC_GROUP_get0_order(raw),
            unsafe EC_GROUP_get_curve(raw, field.raw, nil, nil, nil) == 1
        else {
            unsafe EC_GROUP_free(raw)
            ERR_clear_error()
            return nil
        }
        self.curve = curve
        self.field = field
        unsafe self.raw = unsafe raw
        unsafe self.order = unsafe order
    }

    deinit { unsafe EC_GROUP_free(raw) }
}

extension EllipticCurve {
    /// libcrypto's number of the group.
    fileprivate var identifier: Int32 {
        switch self {
        case .p256: NID_X9_62_prime256v1
        case .p384: NID_secp384r1
        case .p521: NID_secp521r1
        }
    }
}
