import CSystem

/// The environment that the process was started with.
package enum Environment {
    /// The value of a variable; nil where it is not set or not UTF-8.
    package static func value(of name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(validatingCString: text)
    }

    /// The absolute path of the working directory; `/` where it is gone.
    package static var workingDirectory: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress, unsafe getcwd(base, 4096) != nil else {
                return "/"
            }
            return unsafe String(validatingCString: base) ?? "/"
        }
    }

    /// The number of this process.
    package static var processID: Int32 { getpid() }

    /// How many cores the process may run on.
    package static var coreCount: Int { max(gatehouse_core_count(), 1) }
}
