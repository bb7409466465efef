import Foundation

/// How long the comparison of the two ways to check a signature goes on.
enum AgreementRun {
    /// `GATEHOUSE_AGREEMENT_SECONDS`, for each curve; without it a part of a second.
    static let seconds =
        ProcessInfo.processInfo.environment["GATEHOUSE_AGREEMENT_SECONDS"].flatMap { Int($0) } ?? 0
}
