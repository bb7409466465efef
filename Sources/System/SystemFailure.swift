import CSystem

/// A call of the kernel that failed, with what a person needs to know of it.
package struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried: `open`, `bind`.
    package let call: String
    /// What it was tried on, where that says more: a path, an address.
    package let subject: String?
    /// The kernel's error number.
    package let number: Int32

    /// A failed call by its negated error number.
    package init(call: String, subject: String? = nil, negated: Int) {
        self.call = call
        self.subject = subject
        number = Int32(clamping: 0 - max(negated, -Int(Int32.max)))
    }

    /// The kernel's own words for the error: `No such file or directory`.
    package var reason: String { Self.reason(of: number) }

    package var description: String {
        subject.map { "\(call) `\($0)`: \(reason)" } ?? "\(call): \(reason)"
    }

    /// The kernel's words for an error number.
    package static func reason(of number: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            unsafe buffer.initialize(repeating: 0)
            guard let base = buffer.baseAddress else { return "error \(number)" }
            return unsafe String(cString: gatehouse_error_text(number, base, 256))
        }
    }

    /// Whether the thing does not exist.
    package var isNotFound: Bool { number == ENOENT || number == ENOTDIR }
}
