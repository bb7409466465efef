import CLibCrypto

/// Multiples of one point, so many that each other multiple is a sum of a few of them, without a
/// doubling.
///
/// A scalar is written in signed digits of `width` bits, from −2^(width−1) + 1 to 2^(width−1).
/// Entry `j` of window `i` is (j + 1) · 2^(width·i) times the point, in affine coordinates, which
/// makes an addition cheaper.
///
/// `@unchecked Sendable`: the points are not changed once the table is made; additions take them as
/// operands that libcrypto only reads, on any number of threads.
@safe final class CombTable: @unchecked Sendable {
    private let points: UnsafeMutableBufferPointer<OpaquePointer?>
    private let width: Int
    private let windowCount: Int

    /// A table of so many bits a window, 2 to 8. It takes milliseconds.
    init?(of point: CurvePoint, in group: CurveGroup, width: Int) {
        guard (2...8).contains(width) else { return nil }
        let orderBits = Int(unsafe BN_num_bits(group.order))
        self.width = width
        windowCount = orderBits / width + 1
        let perWindow = 1 << (width - 1)
        // The last window holds the bits that are left, and the carry.
        let count = (windowCount - 1) * perWindow + min(perWindow, 1 << (orderBits % width))
        unsafe points = .allocate(capacity: count)
        unsafe points.initialize(repeating: nil)
        guard fill(from: point, in: group, perWindow: perWindow) else {
            ERR_clear_error()
            return nil
        }
    }

    deinit {
        for index in unsafe points.indices { unsafe EC_POINT_free(points[index]) }
        unsafe points.deallocate()
    }

    private func fill(from point: CurvePoint, in group: CurveGroup, perWindow: Int) -> Bool {
        guard let scratch = NumberScratch(), let base = CurvePoint(group),
            unsafe EC_POINT_copy(base.raw, point.raw) == 1
        else { return false }
        for index in unsafe points.indices {
            guard let next = unsafe EC_POINT_new(group.raw) else { return false }
            unsafe points[index] = unsafe next
            let isFirst = index.isMultiple(of: perWindow)
            // The last entry of a window is half of the next window's first.
            if isFirst, index > 0 {
                guard
                    unsafe EC_POINT_dbl(group.raw, base.raw, points[index - 1], scratch.raw) == 1
                else { return false }
            }
            let status =
                if isFirst {
                    unsafe EC_POINT_copy(next, base.raw)
                } else {
                    unsafe EC_POINT_add(
                        group.raw, next, points[index - 1], base.raw, scratch.raw)
                }
            guard status == 1 else { return false }
        }
        return unsafe EC_POINTs_make_affine(
            group.raw, points.count, points.baseAddress, scratch.raw) == 1
    }

    /// Adds a multiple of the point to a sum that is kept in two parts: what is to be added, and
    /// what is to be taken away. So no point has to be negated.
    ///
    /// - Parameter scalar: big-endian, below the group's order.
    /// - Returns: false where libcrypto failed.
    func add(
        _ scalar: [UInt8], to added: CurvePoint, orFrom taken: CurvePoint,
        in group: CurveGroup, scratch: NumberScratch
    ) -> Bool {
        var carry = 0
        let perWindow = 1 << (width - 1)
        for window in 0..<windowCount {
            var digit = Self.bits(of: scalar, from: window * width, count: width) + carry
            carry = digit > perWindow ? 1 : 0
            digit -= carry << width
            guard digit != 0 else { continue }
            let index = window * perWindow + abs(digit) - 1
            // INVARIANT: the order bounds the scalar, and so the last window's digit.
            guard unsafe index < points.count else { return false }
            let part = unsafe (digit > 0 ? added : taken).raw
            guard unsafe EC_POINT_add(group.raw, part, part, points[index], scratch.raw) == 1
            else { return false }
        }
        return carry == 0
    }

    /// Up to 8 bits of a big-endian number, the lowest at this position; zero beyond its end.
    private static func bits(of number: [UInt8], from position: Int, count: Int) -> Int {
        let index = number.count - 1 - position / 8
        guard index >= 0 else { return 0 }
        let low = Int(number[index])
        let high = index > 0 ? Int(number[index - 1]) : 0
        return (low | high << 8) >> (position % 8) & (1 << count - 1)
    }
}
