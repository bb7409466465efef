import Values

/// The permissions and roles that a policy may name, numbered in the order of their declaration.
///
/// It is a class so that a `Principal` can show which vocabulary its bits belong to.
package final class Vocabulary: Sendable {
    /// A role with everything it implies.
    package struct Role: Sendable {
        /// The name as Logto issues it.
        package let name: String
        /// The role itself and, in order, those it extends.
        package let lineage: [Int]
        /// Its own permissions and those of the roles it extends.
        package let permissions: NameBits
    }

    /// The names of the permissions in the order of their declaration.
    package let permissions: [String]
    /// The roles in the order of their declaration.
    package let roles: [Role]
    private let permissionIndex: [ExactText: Int]
    private let roleIndex: [ExactText: Int]

    /// A vocabulary of these permissions and roles; of equal names the first counts.
    package init(permissions: [String], roles: [Role]) {
        self.permissions = permissions
        self.roles = roles
        permissionIndex = Dictionary(
            permissions.enumerated().map { (ExactText($1), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        roleIndex = Dictionary(
            roles.enumerated().map { (ExactText($1.name), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The number of a permission; nil where it is not declared.
    package func permission(_ name: String) -> Int? { permissionIndex[ExactText(name)] }

    /// The number of a role; nil where it is not declared.
    package func role(_ name: String) -> Int? { roleIndex[ExactText(name)] }

    /// The names of the permissions in a set, in the order of their declaration.
    package func names(ofPermissions bits: NameBits) -> [String] {
        bits.indices.compactMap { permissions.indices.contains($0) ? permissions[$0] : nil }
    }

    /// The roles that hold a permission, in the order of their declaration.
    package func roles(holding permission: Int) -> [Role] {
        roles.filter { $0.permissions.contains(permission) }
    }
}
