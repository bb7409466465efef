import Store

/// How carrying out a creation ended.
enum CreationEnd: Equatable, Sendable {
    /// The organization exists, and its creator is a member with the creator role.
    case complete(DirectoryOrganization, roles: [DirectoryRole])
    /// Nothing is left of it: the same request may be made again.
    case undone(Problem)
    /// It is not known what exists, or it could not be removed: only this creation may go on.
    case unsettled(Problem)
}
