/// The header lines that one caller gets under the same obligations with every request: written once,
/// and copied afterwards.
final class CallerLines {
    /// Nil for a request without a caller.
    let caller: Principal?
    /// Index into `RuleTables.obligations`.
    let obligations: Int
    /// Complete lines: who calls, the name of the request, and those of the policy up to the first that
    /// needs the request.
    let bytes: [UInt8]
    /// Where in them the 24 digits of the request's name stand.
    let requestName: Int
    /// The lines that are left for each request.
    let rest: RuleTables.Run

    init(
        caller: Principal?, obligations: Int, bytes: [UInt8], requestName: Int,
        rest: RuleTables.Run
    ) {
        self.caller = caller
        self.obligations = obligations
        self.bytes = bytes
        self.requestName = requestName
        self.rest = rest
    }

    /// How many of them an evaluator keeps.
    static let places = 1024

    /// The place of the lines of a caller.
    @inline(__always)
    static func place(of caller: Principal?, _ obligations: Int) -> Int {
        let address = caller.map { UInt(bitPattern: ObjectIdentifier($0)) } ?? 0
        let hash = (address &>> 4 &+ UInt(truncatingIfNeeded: obligations)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash &>> 54)
    }
}

extension RuleTables.HeaderStep {
    /// Whether what it writes is the same for every request of a caller.
    var isConstant: Bool {
        switch self {
        case .line, .text, .principalID, .principalOrganization, .principalClient, .principalKind,
            .join, .end:
            true
        case .organization, .parameter, .requestID, .requestMethod, .requestPath, .requestHost,
            .requestOrigin:
            false
        }
    }
}
