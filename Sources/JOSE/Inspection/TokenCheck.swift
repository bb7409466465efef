/// One check of a token, and how it ended.
package struct TokenCheck: Sendable, Equatable {
    /// What was looked at, in the order in which a person reads it.
    package enum Name: String, Sendable, CaseIterable {
        case size
        case shape
        case base64
        case header
        case algorithm
        case type
        case keyID = "key id"
        case payload
        case issuer
        case audience
        case expiry
        case issuedAt = "issued at"
        case notBefore = "not before"
        case lifetime
        case subject
        case client
        case tokenID = "token id"
        case scope
        case organization
        case binding
        case actor
        case key
        case signature
    }

    /// How a check ended.
    package enum Outcome: Sendable, Equatable {
        case passed
        case failed(TokenRejection)
        /// It could not be made.
        case notPossible(Obstacle)
    }

    /// Why a check could not be made.
    package enum Obstacle: Sendable, Equatable, CaseIterable {
        /// An earlier check failed, and this one needs what it would have found.
        case earlierFailure
        /// Nobody said which issuers are accepted.
        case noIssuerNamed
        /// Nobody said which audiences are accepted.
        case noAudienceNamed
        /// The keys of the issuer are not at hand.
        case noKeys
    }

    /// What was looked at.
    package let name: Name
    /// How it ended.
    package let outcome: Outcome

    /// Whether it was made and found nothing wrong.
    package var passed: Bool { outcome == .passed }

    /// What was found, in a sentence. Constant: nothing of the token is repeated.
    package var detail: String {
        switch outcome {
        case .passed: name.passedSentence
        case .failed(let rejection): rejection.description
        case .notPossible(let obstacle): obstacle.description
        }
    }

    /// What to do about a failure, where there is something to say.
    package var hint: String? {
        switch outcome {
        case .passed, .notPossible: nil
        case .failed(let rejection): rejection.hint ?? name.advice
        }
    }
}

extension TokenCheck.Obstacle: CustomStringConvertible {
    package var description: String {
        switch self {
        case .earlierFailure: "not checked: an earlier check failed"
        case .noIssuerNamed: "not checked: no accepted issuer is named"
        case .noAudienceNamed: "not checked: no accepted audience is named"
        case .noKeys: "not checked: the keys of the issuer are not at hand"
        }
    }
}

extension TokenCheck.Name {
    fileprivate var passedSentence: String {
        switch self {
        case .size: "not longer than is accepted"
        case .shape: "three parts, as a signed token has"
        case .base64: "every part is canonical base64url"
        case .header: "one strict JSON object that asks for nothing unusual"
        case .algorithm: "among the accepted algorithms"
        case .type: "an access token"
        case .keyID: "the header names a key"
        case .payload: "one strict JSON object"
        case .issuer: "among the accepted issuers"
        case .audience: "an accepted API resource, or an organization"
        case .expiry: "not expired"
        case .issuedAt: "not issued in the future"
        case .notBefore: "not before its time"
        case .lifetime: "not longer than is accepted"
        case .subject: "a proper subject"
        case .client: "a proper client"
        case .tokenID: "absent or a text"
        case .scope: "absent or a text"
        case .organization: "at most one organization"
        case .binding: "bound to no key of its holder"
        case .actor: "nobody acts for the subject, or a proper actor does"
        case .key: "a key of the issuer, for this algorithm"
        case .signature: "made by the issuer's key"
        }
    }

    /// What to do where the rejection itself gives no advice.
    fileprivate var advice: String? {
        switch self {
        case .size, .shape, .base64:
            "copy the token whole, without quotes and line breaks, as the token endpoint gave it"
        case .header, .algorithm, .type, .keyID, .payload, .binding, .lifetime:
            "send an access token as Logto issues it"
        case .issuer, .audience: nil
        case .notBefore:
            "a claims script of the tenant may have set `nbf`: whole seconds, not ahead"
        case .expiry, .issuedAt, .subject, .client, .tokenID, .scope:
            "Logto itself writes this claim, always well: the token is another kind, or not Logto's"
        case .organization, .actor: "check what the tenant's custom claims script sets"
        case .key: "get a new token; if it fails too, the keys are not those of the issuer"
        case .signature: "the token was changed, or was signed by somebody else: do not trust it"
        }
    }
}
