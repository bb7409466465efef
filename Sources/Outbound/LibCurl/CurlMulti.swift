import CLibCurl

/// libcurl could not be set up.
struct CurlUnavailable: Error, CustomStringConvertible {
    let description: String
}

/// Owns one multi handle.
///
/// `@unchecked Sendable` is safe because the driver's thread alone uses the handle, except for
/// `curl_multi_wakeup`, which libcurl offers to other threads, and clean-up, which happens when the
/// last reference is gone: the driver holds one while it runs.
@safe final class CurlMulti: @unchecked Sendable {
    private let raw: UnsafeMutableRawPointer

    /// libcurl's own set-up, once per process.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(maxConnections: Int) throws(CurlUnavailable) {
        guard Self.isReady, let raw = unsafe curl_multi_init() else {
            throw CurlUnavailable(description: "libcurl cannot be initialised")
        }
        unsafe self.raw = raw
        _ = unsafe gatehouse_curl_multi_set_long(
            raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, maxConnections)
        _ = unsafe gatehouse_curl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, maxConnections)
        _ = unsafe gatehouse_curl_multi_set_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    deinit { _ = unsafe curl_multi_cleanup(raw) }

    /// Ends the driver's wait. Any thread.
    func wake() { _ = unsafe curl_multi_wakeup(raw) }

    /// Driver's thread only.
    func add(_ transfer: CurlTransfer) -> Bool {
        unsafe curl_multi_add_handle(raw, transfer.raw) == CURLM_OK
    }

    /// Driver's thread only.
    func remove(_ transfer: CurlTransfer) {
        _ = unsafe curl_multi_remove_handle(raw, transfer.raw)
    }

    /// Moves every transfer on. Driver's thread only.
    func perform() {
        var running: Int32 = 0
        _ = unsafe curl_multi_perform(raw, &running)
    }

    /// The next transfer that ended, by its handle's address, and how. Driver's thread only.
    func nextEnded() -> (handle: UInt, code: CURLcode)? {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(raw, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let handle = unsafe UInt(bitPattern: message.pointee.easy_handle)
            return unsafe (handle, message.pointee.data.result)
        }
        return nil
    }

    /// Waits for the network, a time-out of libcurl's, `wake` or the limit. Driver's thread only.
    func wait(milliseconds: Int32) {
        _ = unsafe curl_multi_poll(raw, nil, 0, milliseconds, nil)
    }
}
