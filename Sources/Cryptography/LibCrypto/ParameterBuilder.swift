import CLibCrypto

/// Gathers the parts of a public key for libcrypto; frees them on every path.
@safe final class ParameterBuilder {
    private let raw: OpaquePointer
    private var numbers: [OpaquePointer] = unsafe []
    // SECURITY: libcrypto keeps pointers to names and bytes, so they stay here until it is done.
    private var octets: [UnsafeMutableBufferPointer<UInt8>] = unsafe []
    private var texts: [UnsafeMutableBufferPointer<CChar>] = unsafe []

    init?() {
        guard let raw = unsafe OSSL_PARAM_BLD_new() else { return nil }
        unsafe self.raw = unsafe raw
    }

    deinit {
        unsafe OSSL_PARAM_BLD_free(raw)
        while let number = unsafe numbers.popLast() { unsafe BN_free(number) }
        while let buffer = unsafe octets.popLast() { unsafe buffer.deallocate() }
        while let buffer = unsafe texts.popLast() { unsafe buffer.deallocate() }
    }

    /// Adds a big-endian number.
    func add(_ name: String, number bytes: [UInt8]) -> Bool {
        let number = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe BN_bin2bn(buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), nil)
        }
        guard let number = unsafe number else { return false }
        unsafe numbers.append(number)
        return unsafe OSSL_PARAM_BLD_push_BN(raw, keepText(name), number) == 1
    }

    /// Adds bytes as they are.
    func add(_ name: String, octets bytes: [UInt8]) -> Bool {
        let buffer = unsafe keep(bytes)
        return unsafe OSSL_PARAM_BLD_push_octet_string(
            raw, keepText(name), buffer.baseAddress, buffer.count) == 1
    }

    /// Adds a text.
    func add(_ name: String, text: String) -> Bool {
        unsafe OSSL_PARAM_BLD_push_utf8_string(
            raw, keepText(name), keepText(text), text.utf8.count) == 1
    }

    /// A C string that lives as long as the builder.
    private func keepText(_ text: String) -> UnsafePointer<CChar>? {
        let characters = text.utf8CString
        let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: characters.count)
        _ = unsafe buffer.initialize(from: characters)
        unsafe texts.append(buffer)
        return unsafe UnsafePointer(buffer.baseAddress)
    }

    private func keep(_ bytes: [UInt8]) -> UnsafeMutableBufferPointer<UInt8> {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = unsafe buffer.initialize(from: bytes)
        unsafe octets.append(buffer)
        return unsafe buffer
    }

    /// The public key of all that was added, or nil where libcrypto refuses it.
    func makePublicKey(type: String) -> KeyHandle? {
        guard let parameters = unsafe OSSL_PARAM_BLD_to_param(raw) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe OSSL_PARAM_free(parameters) }
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, keepText(type), nil) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &key, gatehouse_EVP_PKEY_PUBLIC_KEY(), parameters)
                == 1
        else {
            ERR_clear_error()
            return nil
        }
        return unsafe KeyHandle.adopt(key)
    }
}
