import CLibCrypto

/// Owns one point of a group; confined to whoever made it, as it changes.
@safe final class CurvePoint {
    let raw: OpaquePointer

    /// The point at infinity.
    init?(_ group: CurveGroup) {
        guard let raw = unsafe EC_POINT_new(group.raw) else {
            ERR_clear_error()
            return nil
        }
        unsafe self.raw = unsafe raw
    }

    deinit { unsafe EC_POINT_free(raw) }

    /// The group's generator.
    static func generator(of group: CurveGroup) -> CurvePoint? {
        guard let point = CurvePoint(group),
            unsafe EC_POINT_copy(point.raw, EC_GROUP_get0_generator(group.raw)) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return point
    }

    /// The point with these coordinates, or nil where it is not on the curve.
    convenience init?(_ group: CurveGroup, x: [UInt8], y: [UInt8]) {
        self.init(group)
        let encoded = [4] + x + y
        let status = unsafe encoded.withUnsafeBufferPointer { buffer in
            unsafe EC_POINT_oct2point(group.raw, raw, buffer.baseAddress, buffer.count, nil)
        }
        guard status == 1 else {
            ERR_clear_error()
            return nil
        }
    }
}
