import CLibCurl
import Values

/// One call on the wire: an easy handle and what has come back so far. Lives on the driver's
/// thread.
@safe final class CurlTransfer {
    let raw: UnsafeMutableRawPointer
    let call: OutboundCall

    /// The handle as a key.
    var address: UInt { unsafe UInt(bitPattern: raw) }

    private let url: CurlURL
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    /// How often libcurl was about to send the request. None: not one byte of it left.
    private var attempts = 0
    private var answer = AnswerBuilder()

    init(
        _ call: OutboundCall, remaining: Duration, configuration: OutboundConfiguration
    ) throws(OutboundFailure) {
        self.call = call
        url = try CurlURL(call.request.url, allowsClearText: configuration.allowsClearText)
        guard let raw = unsafe curl_easy_init() else {
            throw OutboundFailure(.overloaded, .notSent, "out of memory")
        }
        unsafe self.raw = raw
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        answer.maxBodyBytes = call.request.maxResponseBytes
        setTrust(configuration)
        setLimits(remaining: remaining, configuration)
        guard setRequest() else { throw OutboundFailure(.overloaded, .notSent, "out of memory") }
        setReceivers()
    }

    deinit {
        unsafe curl_easy_cleanup(raw)
        unsafe curl_slist_free_all(fields)
        unsafe errorText.deallocate()
    }

    /// How the call ended, from libcurl's point of view.
    func result(_ code: CURLcode) -> Result<OutboundResponse, OutboundFailure> {
        if let fault = answer.fault { return .failure(fault) }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        guard let response = answer.response() else {
            return .failure(OutboundFailure(.interrupted, .unknown, "the answer ends in its head"))
        }
        return .success(response)
    }

    /// What a call that is ended early may have done.
    var outcome: OutboundFailure.Outcome { attempts == 0 ? .notSent : .unknown }

    private func failure(_ code: CURLcode) -> OutboundFailure {
        let kind: OutboundFailure.Kind
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            kind = .timedOut
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_INITFAILED:
            kind = attempts == 0 ? .untrusted : .interrupted
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP_RETURNED_ERROR,
            CURLE_BAD_CONTENT_ENCODING, CURLE_OUT_OF_MEMORY:
            kind = attempts == 0 ? .unreachable : .malformedAnswer
        default:
            kind = attempts == 0 ? .unreachable : .interrupted
        }
        let text = unsafe String(cString: errorText)
        let detail = text.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : text
        return OutboundFailure(kind, outcome, detail)
    }
}

// MARK: Options

extension CurlTransfer {
    /// SECURITY: certificates and names are always checked; no option of ours turns that off.
    private func setTrust(_ configuration: OutboundConfiguration) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = configuration.caFile {
            set(CURLOPT_CAINFO, file)
            // The distribution's directory of certificates would otherwise count beside the file.
            set(CURLOPT_CAPATH, nil)
        }
        if !configuration.usesEnvironmentProxy { set(CURLOPT_PROXY, "") }
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "")
        // SECURITY: a redirect would carry the bearer token to a place that nobody configured.
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_MAXREDIRS, 0)
    }

    private func setLimits(remaining: Duration, _ configuration: OutboundConfiguration) {
        // libcurl refuses more than 24 days, and a refused limit would be none.
        let whole = Int(min(max(1, remaining.wholeMilliseconds), 86_400_000))
        let connect = Int(clamping: max(1, configuration.connectTimeout.wholeMilliseconds))
        set(CURLOPT_TIMEOUT_MS, whole)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(whole, connect))
        set(CURLOPT_MAXAGE_CONN, max(1, Int(clamping: configuration.maxIdle.components.seconds)))
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_NOSIGNAL, 1)
        // A name look-up that hangs must not hold up the thread when its call is over.
        set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setRequest() -> Bool {
        let request = call.request
        _ = unsafe gatehouse_curl_set_url(raw, url.raw)
        if request.method == .head {
            set(CURLOPT_NOBODY, 1)
        } else if request.method == .get, request.body == nil {
            set(CURLOPT_HTTPGET, 1)
        } else {
            let body = request.body ?? []
            if request.body != nil || request.method == .post {
                _ = unsafe gatehouse_curl_set_offset(
                    raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
                unsafe body.withUnsafeBytes { bytes in
                    // libcurl takes an absent pointer for "no body set": an empty one needs an
                    // address.
                    let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                    if let start = unsafe start {
                        _ = unsafe gatehouse_curl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, start)
                    } else {
                        set(CURLOPT_COPYPOSTFIELDS, "")
                    }
                }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.name)
        }
        var lines = request.headers.fields.map { field in
            field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
        }
        // Not sent: libcurl's own ideas about these fields.
        lines.append("Expect:")
        if request.headers["content-type"] == nil { lines.append("Content-Type:") }
        if request.headers["accept"] == nil { lines.append("Accept:") }
        for line in lines {
            guard let longer = unsafe curl_slist_append(fields, line) else { return false }
            unsafe fields = longer
        }
        _ = unsafe gatehouse_curl_set_list(raw, CURLOPT_HTTPHEADER, fields)
        set(CURLOPT_USERAGENT, "gatehouse")
        return true
    }

    /// Callbacks find the transfer by its unretained reference: the driver holds it until the
    /// handle has left the multi handle, after which libcurl calls nobody.
    private func setReceivers() {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe gatehouse_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
        _ = unsafe gatehouse_curl_set_pointer(raw, CURLOPT_HEADERDATA, me)
        _ = unsafe gatehouse_curl_set_pointer(raw, CURLOPT_WRITEDATA, me)
        _ = unsafe gatehouse_curl_set_pointer(raw, CURLOPT_PREREQDATA, me)
        _ = unsafe gatehouse_curl_set_receiver(raw, CURLOPT_HEADERFUNCTION) {
            text, size, count, me in
            unsafe CurlTransfer.of(me)?.received(head: text, size * count) ?? 0
        }
        _ = unsafe gatehouse_curl_set_receiver(raw, CURLOPT_WRITEFUNCTION) {
            text, size, count, me in
            unsafe CurlTransfer.of(me)?.received(body: text, size * count) ?? 0
        }
        _ = unsafe gatehouse_curl_set_prerequest(raw) { me, _, _, _, _ in
            unsafe CurlTransfer.of(me)?.mayBeginAttempt() == true
                ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        _ = unsafe gatehouse_curl_set_long(raw, option, value)
    }

    private func set(_ option: CURLoption, _ value: String?) {
        _ = unsafe gatehouse_curl_set_text(raw, option, value)
    }
}

// MARK: What libcurl calls

extension CurlTransfer {
    private static func of(_ me: UnsafeMutableRawPointer?) -> CurlTransfer? {
        guard let me = unsafe me else { return nil }
        return unsafe Unmanaged<CurlTransfer>.fromOpaque(me).takeUnretainedValue()
    }

    private func received(head text: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard let text = unsafe text else { return 0 }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: count)
        return unsafe answer.received(headLine: Array(bytes)) ? count : 0
    }

    private func received(body text: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard count > 0, let text = unsafe text else { return count }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: count)
        return unsafe answer.received(body: Array(bytes)) ? count : 0
    }

    /// SECURITY: libcurl sends a request again, whatever its method, when the connection that it
    /// used again was closed before any answer. What does not only read may then happen twice
    /// (L36).
    private func mayBeginAttempt() -> Bool {
        attempts += 1
        return attempts == 1 || call.request.method.isSafe
    }
}
