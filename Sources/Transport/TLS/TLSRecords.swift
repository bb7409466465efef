import CLibSSL
import CSystem

/// A loop's memory for records on their way: one for all its streams, since a call of libssl takes
/// what it is given and leaves nothing.
///
/// libssl itself makes no system call. What a socket gave goes through `input`; all of it is opened
/// at once, so that nothing waits inside libssl but the beginning of a record. What libssl makes
/// gathers in `records.out` and is sent as clear bytes are: several records in one call.
@safe
final class TLSRecords {
    /// How libssl reaches the memory. `@unchecked Sendable`: it never changes.
    @safe
    private struct Method: @unchecked Sendable {
        let handle: OpaquePointer?
        init() { unsafe handle = gatehouse_records_method() }
    }
    private static let method = Method()

    /// Where records are read. Opened together with the beginning of one that had waited, they fit
    /// into the loop's buffer.
    let input: UnsafeMutableRawBufferPointer
    /// For two small pieces that become one record.
    let piece: UnsafeMutableRawBufferPointer
    private let records: UnsafeMutablePointer<gatehouse_records>

    /// The most that one record carries.
    static var recordBytes: Int { 16_384 }

    init() {
        unsafe input = .allocate(byteCount: 65_536 - 17 * 1024, alignment: 64)
        unsafe piece = .allocate(byteCount: Self.recordBytes, alignment: 64)
        unsafe records = .allocate(capacity: 1)
        unsafe records.initialize(to: gatehouse_records())
    }

    deinit {
        unsafe free(records.pointee.out)
        unsafe records.deallocate()
        unsafe input.deallocate()
        unsafe piece.deallocate()
    }

    /// Gives a connection's state its way to this memory. False without memory.
    func serve(_ ssl: OpaquePointer) -> Bool {
        guard let method = unsafe Self.method.handle else { return false }
        return unsafe gatehouse_SSL_use_records(ssl, method, records) == 1
    }

    /// So many bytes stand in `input`.
    func given(_ count: Int) {
        unsafe records.pointee.in = UnsafePointer(
            input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe records.pointee.in_left = count
    }

    /// How much of the input libssl did not take yet.
    var left: Int { unsafe records.pointee.in_left }

    /// What libssl made, to be sent now.
    var output: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: records.pointee.out, count: records.pointee.out_count)
    }

    /// The output was sent or kept.
    func sent() {
        unsafe records.pointee.out_count = 0
    }
}
