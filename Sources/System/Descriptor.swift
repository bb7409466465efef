import CSystem

/// A file descriptor that belongs to one owner and is closed exactly once.
package struct Descriptor: ~Copyable, Sendable {
    /// The descriptor's number, for calls; valid while this value lives.
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) {
        self.number = number
    }

    /// Takes over what a call answered: a descriptor, or a negated error number.
    package init(_ answer: Int, call: String, subject: String? = nil) throws(SystemFailure) {
        guard answer >= 0 else {
            throw SystemFailure(call: call, subject: subject, negated: answer)
        }
        number = Int32(truncatingIfNeeded: answer)
    }

    /// Takes over what a call answered; nil for a negated error number.
    package init?(answer: Int) {
        guard answer >= 0 else { return nil }
        number = Int32(truncatingIfNeeded: answer)
    }

    deinit { _ = gatehouse_close(number) }

    /// Gives the descriptor away; it will not be closed here.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}
