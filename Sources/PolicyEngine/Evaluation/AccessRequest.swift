package import Values

/// What a decision reads of a request: ranges into the bytes that travel beside it.
///
/// INVARIANT: the ranges lie within those bytes, and the path is in the one normal form that is also
/// forwarded; who makes the value keeps this.
package struct AccessRequest: ~Copyable {
    /// The method.
    package let method: HTTPMethod
    /// The authority without user information; a port may stand in it.
    package let host: Range<Int>
    /// The path without the query.
    package let path: Range<Int>
    /// The name of the request.
    package let requestID: ExchangeID
    /// Whether the organization that the route names awaits its deletion.
    package var organizationIsPendingDeletion = false
    /// Where it comes from; needed where the route reads it (`PolicyEvaluator.readsOrigin`), and unknown
    /// otherwise.
    package var origin: RequestOrigin?

    /// A request whose host and path lie at these places.
    package init(method: HTTPMethod, host: Range<Int>, path: Range<Int>, requestID: ExchangeID) {
        self.method = method
        self.host = host
        self.path = path
        self.requestID = requestID
    }
}

/// How often a header occurs, in every spelling of its normal form, and where its value lies.
package enum HeaderFinding: Sendable, Equatable {
    case absent
    /// The range of the value, without surrounding white space.
    case once(Range<Int>)
    case repeated
}

/// A route that matches; its parameters stay in the evaluator until the next match.
package struct RouteMatch: Sendable, Equatable {
    /// Index into `PolicySnapshot.routes`.
    package let route: Int
    /// Index of the pattern that matched.
    let pattern: Int
}
