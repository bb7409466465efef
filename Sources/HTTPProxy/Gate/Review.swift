package import Values

/// What the gate says, later, of an exchange that it allowed.
package enum Review: Sendable {
    /// It may go on. It is looked at again at that time at the latest; nil: when something changes.
    case stands(until: MonotonicTime?)
    /// What is needed to know is on its way: it goes on, and is looked at again soon.
    case undecided
    /// It would be refused now.
    case ends(Refusal)
}
