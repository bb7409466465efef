import CSystem

/// What the file system says of a file.
package struct FileFacts: Hashable, Sendable {
    /// The file itself, whatever its name.
    package let device: UInt64
    package let inode: UInt64
    /// Its length in bytes.
    package let size: UInt64
    /// When its content last changed, in nanoseconds; only good for telling two states apart.
    package let modified: Int64
    /// The permission bits.
    package let mode: UInt32
    /// The number of the user that it belongs to.
    package let owner: UInt32
    package let isRegular: Bool
    package let isDirectory: Bool
    package let isLink: Bool
    package let isSocket: Bool

    init(_ facts: gatehouse_file_facts) {
        device = facts.device
        inode = facts.inode
        size = facts.size
        modified = facts.modified_nanoseconds
        mode = facts.mode
        owner = facts.owner
        isRegular = facts.is_regular != 0
        isDirectory = facts.is_directory != 0
        isLink = facts.is_link != 0
        isSocket = facts.is_socket != 0
    }

    /// Whether it belongs to this process's user, or to root, who may do everything anyway.
    package var isOurs: Bool { owner == 0 || owner == gatehouse_effective_user() }
}
