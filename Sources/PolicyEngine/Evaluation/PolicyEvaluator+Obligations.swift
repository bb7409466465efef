import Values

extension PolicyEvaluator {
    /// Writes the headers that an allowed request gets, as complete lines (`Name: value\r\n`).
    ///
    /// Identity headers come first, then those of the policy. A header of which a part is unknown is
    /// left out; the client's copy of it is removed all the same (`protectedHeaderNames`).
    ///
    /// - Returns: the decision, or a `policy-error` in its place where a value cannot stand in a header;
    ///   nothing is added then. Only what is returned may be acted upon.
    package func carryOut(
        _ decision: Decision,
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>,
        as principal: Principal?,
        requestLines: inout [UInt8],
        responseLines: inout [UInt8]
    ) -> Decision {
        guard decision.isAllowed, let route = decision.route,
            let obligations = decision.obligations
        else { return decision }
        let caller = tables.routes[route].isPublic ? nil : principal
        let (requestStart, responseStart) = (requestLines.count, responseLines.count)
        var isSafe = !(caller?.hasUnsafeValue ?? false)
        if isSafe {
            requestLines.append(contentsOf: caller?.identityLines ?? IdentityHeaders.ofNobody)
            access.requestID.append(to: &requestLines)
            requestLines.append(0x0D)
            requestLines.append(0x0A)
            let runs = tables.obligations[obligations]
            if runs.request.count > 0 {
                isSafe = write(
                    runs.request, decision, caller, access, in: bytes, to: &requestLines)
            }
            if runs.response.count > 0, isSafe {
                isSafe = write(
                    runs.response, decision, caller, access, in: bytes, to: &responseLines)
            }
        }
        guard isSafe else {
            requestLines.removeLast(requestLines.count - requestStart)
            responseLines.removeLast(responseLines.count - responseStart)
            return decision.withObligationError
        }
        return decision
    }
}

/// The header lines of one allowed request.
extension PolicyEvaluator {
    /// Appends the lines of a run; false where a value cannot stand in a header.
    private func write(
        _ run: RuleTables.Run,
        _ decision: Decision,
        _ caller: Principal?,
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>,
        to output: inout [UInt8]
    ) -> Bool {
        var lineStart = output.count
        var valueStart = output.count
        var isKnown = true
        for position in run.range {
            switch tables.headerSteps[position] {
            case .line(let name):
                lineStart = output.count
                output.append(contentsOf: tables.text[name.range])
                valueStart = output.count
                isKnown = true
            case .text(let text):
                output.append(contentsOf: tables.text[text.range])
            case .principalID:
                isKnown = append(caller?.idBytes, to: &output) && isKnown
            case .principalClient:
                isKnown = append(caller?.clientBytes, to: &output) && isKnown
            case .principalOrganization:
                isKnown = append(caller?.organizationBytes, to: &output) && isKnown
            case .principalKind:
                guard let caller else {
                    isKnown = false
                    continue
                }
                output.append(contentsOf: caller.facts.kind.rawValue.utf8)
            case .join(let number):
                guard let caller else {
                    isKnown = false
                    continue
                }
                output.append(contentsOf: caller.joined[Int(number)])
            case .organization:
                switch decision.organization {
                case .none: isKnown = false
                case .token: isKnown = append(caller?.organizationBytes, to: &output) && isKnown
                case .request(let range): append(range, of: bytes, to: &output)
                }
            case .parameter(let number):
                let slots = tables.patterns[decision.pattern].slots
                let slot = Int(tables.slots[Int(slots.start) + Int(number)])
                guard slot >= 0 else {
                    isKnown = false
                    continue
                }
                guard decode(parameters[slot], of: bytes, to: &output) else {
                    return false
                }
            case .requestID: access.requestID.append(to: &output)
            case .requestMethod: output.append(contentsOf: access.method.name.utf8)
            case .requestPath: append(access.path, of: bytes, to: &output)
            case .requestHost: append(access.host, of: bytes, to: &output)
            case .requestOrigin(let number):
                let text = access.origin?.text(of: tables.originValues[Int(number)]) ?? ""
                isKnown = !text.isEmpty && isKnown
                output.append(contentsOf: text.utf8)
            case .end(let isChecked):
                guard isKnown else {
                    output.removeLast(output.count - lineStart)
                    continue
                }
                if isChecked, !HeaderValue.isSafe(output[valueStart...]) { return false }
                output.append(0x0D)
                output.append(0x0A)
            }
        }
        return true
    }

    /// Appends a value of the caller; false where it is absent.
    private func append(_ value: [UInt8]?, to output: inout [UInt8]) -> Bool {
        guard let value, !value.isEmpty else { return false }
        output.append(contentsOf: value)
        return true
    }

    private func append(_ range: Range<Int>, of bytes: Span<UInt8>, to output: inout [UInt8]) {
        for index in range { output.append(bytes[index]) }
    }

    /// Appends a percent-decoded segment; false where it is not valid UTF-8.
    private func decode(
        _ range: Range<Int>,
        of bytes: Span<UInt8>,
        to output: inout [UInt8]
    ) -> Bool {
        let start = output.count
        var index = range.lowerBound
        var isASCII = true
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < range.upperBound,
                    let high = Self.digit(bytes[index]), let low = Self.digit(bytes[index + 1])
                else { return false }
                byte = high << 4 | low
                index += 2
            }
            if byte >= 0x80 { isASCII = false }
            output.append(byte)
        }
        return isASCII || String(validating: output[start...], as: UTF8.self) != nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
