import CSystem
import System
package import Values

extension EventLoop {
    /// Begins a connection.
    ///
    /// The handler hears `opened` or `failed`, never from inside this call. What is written before is
    /// kept and sent then. The deadline is the connection's: it becomes `connectTimedOut` when it
    /// passes, and is cleared when the connection is there. Under TLS that is when the handshake is
    /// done; the server's certificate was verified then.
    ///
    /// - Throws: what the kernel says at once.
    package func connect(
        to address: SocketAddress, tls: TLSTarget? = nil, handler: any StreamHandler,
        deadline: MonotonicTime
    ) throws(TransportFailure) -> ByteStream {
        counters.connects &+= 1
        do {
            return try begin(address, tls, handler, deadline)
        } catch {
            counters.connectFailures &+= 1
            throw error
        }
    }

    private func begin(
        _ address: SocketAddress, _ tls: TLSTarget?, _ handler: any StreamHandler,
        _ deadline: MonotonicTime
    ) throws(TransportFailure) -> ByteStream {
        guard !hasEnded else { throw .stopped }
        let session = try tls.map { target throws(TransportFailure) in
            guard let session = TLSSession(target: target, records: records) else {
                throw .tls(.settings, "`\(target.serverName)` is no name of a TLS server")
            }
            return session
        }
        let socket = try socket(for: address)
        if address.family != gatehouse_unix { _ = gatehouse_set_no_delay(socket.number) }
        let answer = Self.connect(socket.number, to: address)
        if answer < 0, answer != -Int(EINPROGRESS) {
            let number = Int32(truncatingIfNeeded: -answer)
            // A full queue of a file system socket is a listener that does not accept.
            throw number == EAGAIN ? .refused : TransportFailure(errno: number, call: "connect")
        }
        let descriptor = socket.release()
        let stream = streams.add { slot, word in
            ByteStream(
                loop: self, descriptor: descriptor, peer: address, isOutgoing: true, slot: slot,
                word: word.rawValue,
                preparation: session == nil
                    ? nil : StreamPreparation(reception: nil, awaitsHeader: false))
        }
        stream.session = session
        stream.handler = handler
        setDeadline(of: stream.slot, to: deadline)
        stream.arm(gatehouse_event_in | gatehouse_event_out | gatehouse_event_read_hang_up)
        return stream
    }

    /// A socket; for the last one the spare descriptor is given up, so that clients that are being
    /// served still reach their upstream when others have used all descriptors up.
    private func socket(for address: SocketAddress) throws(TransportFailure) -> Descriptor {
        var answer = gatehouse_socket(address.family)
        if answer == -Int(EMFILE) || answer == -Int(ENFILE), spare != nil {
            spare = nil
            answer = gatehouse_socket(address.family)
        }
        guard let socket = Descriptor(answer: answer) else {
            throw TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "socket")
        }
        return socket
    }

    private static func connect(_ socket: Int32, to address: SocketAddress) -> Int {
        if var form = address.kernelForm { return unsafe gatehouse_connect(socket, &form) }
        guard case .unix(let path) = address else { return -Int(EAFNOSUPPORT) }
        return unsafe gatehouse_connect_unix(socket, path)
    }
}
