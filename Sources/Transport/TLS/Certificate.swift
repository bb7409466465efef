import CLibSSL
import System
import Values

/// What can be read from a certificate; the handle belongs to somebody else.
@safe
struct Certificate {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    var notBefore: UnixTime {
        unsafe UnixTime(seconds: gatehouse_seconds(X509_get0_notBefore(handle)))
    }

    var notAfter: UnixTime {
        unsafe UnixTime(seconds: gatehouse_seconds(X509_get0_notAfter(handle)))
    }

    /// The subject as RFC 2253 writes it; empty where it is longer than any sane one.
    var subject: String {
        unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let count = unsafe gatehouse_X509_subject(
                handle, base.assumingMemoryBound(to: CChar.self), buffer.count)
            guard count > 0 else { return "" }
            return unsafe String(
                decoding: UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(buffer)[..<Int(count)]),
                as: UTF8.self)
        }
    }

    /// The DNS names, in lower case, without those that hold anything but printable ASCII.
    var dnsNames: [String] { names.dns }

    /// The DNS names and the addresses.
    var allNames: [String] { names.dns + names.addresses }

    private var names: (dns: [String], addresses: [String]) {
        var dns: [String] = []
        var addresses: [String] = []
        guard let names = unsafe gatehouse_X509_names(handle) else { return (dns, addresses) }
        defer { unsafe gatehouse_names_free(names) }
        var index: Int32 = 0
        while true {
            var start: UnsafePointer<UInt8>?
            var count: Int32 = 0
            let kind = unsafe gatehouse_names_kind(names, index, &start, &count)
            guard kind != 0 else { return (dns, addresses) }
            index += 1
            let bytes = unsafe UnsafeBufferPointer(start: start, count: max(Int(count), 0))
            if kind == gatehouse_name_is_dns, let name = unsafe Self.dnsName(bytes) {
                dns.append(name)
            } else if kind == gatehouse_name_is_address, let address = unsafe Self.address(bytes) {
                addresses.append(address)
            }
        }
    }

    /// SECURITY: a name with a NUL or a space in it is no name, however its front reads.
    private static func dnsName(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard !bytes.isEmpty, unsafe bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return unsafe String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        func number<Number: FixedWidthInteger>(_ range: Range<Int>) -> Number {
            unsafe bytes[range].reduce(0) { $0 << 8 | Number($1) }
        }
        switch bytes.count {
        case 4: return HostAddress.ipv4(number(0..<4)).description
        case 16: return HostAddress.ipv6(high: number(0..<8), low: number(8..<16)).description
        default: return nil
        }
    }
}
