import CSystem
import Synchronization
import System
import Values

/// How many connections the group may have accepted at a time.
final class AcceptQuota: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there is room for another.
    var hasRoom: Bool { used.load(ordering: .relaxed) < limit }

    func take() { used.add(1, ordering: .relaxed) }

    func release() { used.subtract(1, ordering: .relaxed) }
}

/// A bound socket that listens: its own for each loop, or one that all loops share.
final class ListenerSocket: Sendable {
    let descriptor: Descriptor
    let address: SocketAddress

    init(_ descriptor: consuming Descriptor, address: SocketAddress) {
        self.descriptor = descriptor
        self.address = address
    }
}

/// What happens to the connections of a listener on one loop. Those that are not ready yet hold it:
/// the socket itself must close when listening stops.
final class Reception {
    let acceptor: any StreamAcceptor
    var settings: ListenerSettings

    init(settings: ListenerSettings, acceptor: any StreamAcceptor) {
        self.settings = settings
        self.acceptor = acceptor
    }
}

/// A listener on one loop: accepts, and pauses when there is no room for another connection.
final class Listener {
    let number: UInt32
    let socket: ListenerSocket
    let reception: Reception
    /// Connections stay on the loop that accepts them: the others stop listening.
    var keepsAll = false
    private var isArmed = false
    /// How many connections to take at once; grows while more wait, so that a burst is accepted
    /// fast and a single connection costs no call that finds nothing.
    private var burst = 1

    init(
        number: UInt32, socket: ListenerSocket, settings: ListenerSettings,
        acceptor: any StreamAcceptor
    ) {
        self.number = number
        self.socket = socket
        reception = Reception(settings: settings, acceptor: acceptor)
    }

    /// Connections wait.
    func acceptable(on loop: EventLoop) {
        let wanted = burst
        for taken in 0..<wanted {
            guard loop.quota.hasRoom else {
                pause(on: loop)
                return
            }
            switch acceptOne(on: loop) {
            case .accepted: continue
            case .empty:
                burst = max(taken, 1)
                return
            case .mustPause:
                pause(on: loop)
                return
            }
        }
        burst = min(wanted * 2, 64)
    }

    /// Accepts again, where accepting had paused; every sweep asks.
    func resume(on loop: EventLoop) {
        guard !isArmed, loop.quota.hasRoom else { return }
        let answer = gatehouse_epoll_add(
            loop.epoll, socket.descriptor.number, gatehouse_event_in | gatehouse_event_exclusive,
            EventWord(listener: number).rawValue)
        isArmed = answer >= 0
    }

    /// Accepts what the queue still holds, then gives the socket up: closing it would reset those.
    func drain(on loop: EventLoop) {
        remove(from: loop)
        var left = Int(loop.limits.backlog)
        while left > 0, loop.quota.hasRoom, acceptOne(on: loop) == .accepted { left -= 1 }
    }

    /// Listens no more.
    func remove(from loop: EventLoop) {
        guard isArmed else { return }
        isArmed = false
        _ = gatehouse_epoll_remove(loop.epoll, socket.descriptor.number)
    }

    private enum Outcome { case accepted, empty, mustPause }

    private func acceptOne(on loop: EventLoop) -> Outcome {
        var peer = gatehouse_address()
        let answer = unsafe gatehouse_accept(socket.descriptor.number, &peer)
        guard answer >= 0 else {
            switch Int32(truncatingIfNeeded: -answer) {
            case ECONNABORTED, EPROTO, EPERM, ENETDOWN, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT:
                // This connection was over before we took it; the next may be well.
                return .accepted
            case EAGAIN: return .empty
            // No descriptors, no memory, or a fault: it would come again at once.
            default: return .mustPause
            }
        }
        take(
            Int32(truncatingIfNeeded: answer),
            from: peer.family == gatehouse_unix ? socket.address : SocketAddress(peer), on: loop)
        return .accepted
    }

    /// A connection came in; another loop may be the better place for it.
    private func take(_ descriptor: Int32, from peer: SocketAddress, on loop: EventLoop) {
        loop.counters.accepted &+= 1
        guard mayCome(peer) else {
            loop.counters.proxyHeadersRefused &+= 1
            _ = gatehouse_close(descriptor)
            return
        }
        loop.quota.take()
        if !keepsAll, let other = loop.spread.better(than: loop.index) {
            loop.spread.came(other)
            let number = number
            let isGiven = loop.spread.inboxes[other].postUnbounded { loop in
                loop.takeOver(descriptor, from: peer, listener: number)
            }
            if isGiven {
                loop.counters.handedOver &+= 1
                return
            }
            loop.spread.left(other)
        }
        loop.spread.came(loop.index)
        loop.adopt(descriptor, peer: peer, listener: self)
    }

    /// SECURITY: where PROXY headers are believed, nobody else may send one, and a connection
    /// without one would pass for its sender's.
    private func mayCome(_ peer: SocketAddress) -> Bool {
        guard let trusted = reception.settings.proxyProtocol else { return true }
        return peer.family == gatehouse_unix || trusted.contains(peer)
    }

    /// Without this the loop would be told of the waiting connection without end.
    private func pause(on loop: EventLoop) {
        loop.counters.acceptPauses &+= 1
        remove(from: loop)
    }
}

extension EventLoop {
    /// Takes a connection that another loop accepted.
    fileprivate func takeOver(_ descriptor: Int32, from peer: SocketAddress, listener: UInt32) {
        guard let listener = listeners.first(where: { $0.number == listener }) else {
            quota.release()
            spread.left(index)
            _ = gatehouse_close(descriptor)
            return
        }
        adopt(descriptor, peer: peer, listener: listener)
    }

    /// Makes a stream of an accepted connection.
    fileprivate func adopt(_ descriptor: Int32, peer: SocketAddress, listener: Listener) {
        if peer.family != gatehouse_unix { _ = gatehouse_set_no_delay(descriptor) }
        let settings = listener.reception.settings
        let isReady = settings.tls == nil && settings.proxyProtocol == nil
        let stream = streams.add { slot, word in
            ByteStream(
                loop: self, descriptor: descriptor, peer: peer, isOutgoing: false, slot: slot,
                word: word.rawValue,
                preparation: isReady
                    ? nil
                    : StreamPreparation(
                        reception: listener.reception, awaitsHeader: settings.proxyProtocol != nil))
        }
        guard isReady else {
            setDeadline(of: stream.slot, to: now.monotonic.advanced(by: limits.handshake))
            stream.arm(gatehouse_event_in | gatehouse_event_read_hang_up)
            enterHandshakes(stream)
            return
        }
        let handler = listener.reception.acceptor.accepted(stream)
        guard stream.phase == .open else { return }
        stream.handler = handler
        // A stream that starts paused is registered too: epoll tells of a reset in any case.
        stream.arm(
            stream.isReadingPaused ? 0 : gatehouse_event_in | gatehouse_event_read_hang_up)
    }
}
