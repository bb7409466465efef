import CSystem

/// How many descriptors the process may open.
package enum DescriptorLimit {
    /// The limit in force.
    package static var current: Int { max(gatehouse_descriptor_limit(), 0) }

    /// Raises the limit to what the process is allowed to ask for; answers the limit then in force.
    @discardableResult
    package static func raise() -> Int { max(gatehouse_raise_descriptor_limit(), 0) }
}
