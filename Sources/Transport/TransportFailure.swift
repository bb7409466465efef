import CSystem
import System

/// Why a stream broke, or a listener or connection could not be had.
package enum TransportFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens there.
    case refused
    /// No way leads there.
    case unreachable
    /// The connection did not come about in time.
    case connectTimedOut
    /// The peer stopped acknowledging what we sent.
    case timedOut
    /// The peer ended the connection abruptly.
    case reset
    /// Somebody else listens there.
    case addressInUse(SocketAddress)
    /// The machine does not have this address.
    case addressNotAvailable(SocketAddress)
    /// The process may not use this address.
    case notPermitted(SocketAddress)
    /// The process may not open more descriptors.
    case noDescriptors
    /// The handler left too much input unconsumed without pausing.
    case inputLimit
    /// The handler wrote far more than the peer takes.
    case outputLimit
    /// The loop's memory for waiting bytes is used up.
    case bufferLimit
    /// The loop has stopped.
    case stopped
    /// TLS did not come about, or broke: why, and a sentence for a person.
    case tls(TLSFailure.Reason, String)
    /// Anything else that the kernel says.
    case other(call: String, errno: Int32)

    /// Stable name: log field and metric label.
    package var code: String {
        switch self {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .connectTimedOut: "connect-timeout"
        case .timedOut: "timeout"
        case .reset: "reset"
        case .addressInUse: "address-in-use"
        case .addressNotAvailable: "address-not-available"
        case .notPermitted: "not-permitted"
        case .noDescriptors: "no-descriptors"
        case .inputLimit: "input-limit"
        case .outputLimit: "output-limit"
        case .bufferLimit: "buffer-limit"
        case .stopped: "stopped"
        case .tls(let reason, _): reason.rawValue
        case .other: "system"
        }
    }

    package var description: String {
        switch self {
        case .refused: "connection refused"
        case .unreachable: "host or network unreachable"
        case .connectTimedOut: "no connection in time"
        case .timedOut: "the peer stopped answering"
        case .reset: "connection reset by peer"
        case .addressInUse(let address): "\(address) is in use by another process"
        case .addressNotAvailable(let address): "\(address) is not an address of this machine"
        case .notPermitted(let address): "no permission to use \(address)"
        case .noDescriptors: "too many open files"
        case .inputLimit: "too much input waits"
        case .outputLimit: "too much output waits"
        case .bufferLimit: "the loop's memory for waiting bytes is used up"
        case .stopped: "the event loop has stopped"
        case .tls(_, let text): text
        case .other(let call, let errno): "\(call): \(SystemFailure.reason(of: errno))"
        }
    }

    init(_ failure: TLSFailure) {
        self = .tls(failure.reason, failure.text)
    }

    /// What a positive error number of a stream means.
    init(errno number: Int32, call: StaticString) {
        self =
            switch number {
            case ECONNREFUSED, ENOENT: .refused
            case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL: .unreachable
            case ETIMEDOUT: .timedOut
            case ECONNRESET, EPIPE, ECONNABORTED: .reset
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: .noDescriptors
            default: .other(call: "\(call)", errno: number)
            }
    }

    /// What a positive error number of a listener means.
    init(errno number: Int32, call: StaticString, address: SocketAddress) {
        self =
            switch number {
            case EADDRINUSE: .addressInUse(address)
            case EADDRNOTAVAIL: .addressNotAvailable(address)
            case EACCES, EPERM: .notPermitted(address)
            case EMFILE, ENFILE: .noDescriptors
            default: .other(call: "\(call)", errno: number)
            }
    }
}
