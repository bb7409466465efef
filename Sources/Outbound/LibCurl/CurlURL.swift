import CLibCurl
import Values

/// An address as libcurl itself reads it: what was checked is what is called.
@safe final class CurlURL {
    let raw: OpaquePointer

    /// - Throws: the reason for which the address may not be called.
    init(_ text: String, allowsClearText: Bool) throws(OutboundFailure) {
        guard let raw = unsafe curl_url() else {
            throw OutboundFailure(.invalidRequest, .notSent, "out of memory")
        }
        unsafe self.raw = raw
        guard
            unsafe curl_url_set(raw, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK
        else {
            throw OutboundFailure(.invalidRequest, .notSent, "the address is not an absolute URL")
        }
        guard part(CURLUPART_FRAGMENT) == nil else {
            throw OutboundFailure(.invalidRequest, .notSent, "the address has a fragment")
        }
        switch part(CURLUPART_SCHEME) {
        case "https": break
        case "http":
            guard allowsClearText || Self.isLoopback(part(CURLUPART_HOST) ?? "") else {
                throw OutboundFailure(
                    .invalidRequest, .notSent, "clear text is only spoken to this machine")
            }
        default: throw OutboundFailure(.invalidRequest, .notSent, "the scheme is not http or https")
        }
    }

    deinit { unsafe curl_url_cleanup(raw) }

    private func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(raw, part, &text, 0) == CURLUE_OK, let text = unsafe text else {
            return nil
        }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }

    /// `localhost`, 127.0.0.0/8 or `[::1]`, in libcurl's normal form.
    private static func isLoopback(_ host: String) -> Bool {
        if HeaderList.isSame(host, "localhost") || host.isExactly("[::1]") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy { $0 != 0x2B } }
    }
}
