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
            let lines =
                knownLines(obligations, of: caller)
                ?? makeLines(obligations, of: caller, decision, access, in: bytes)
            requestLines.append(contentsOf: lines.bytes)
            Self.put(access.requestID, at: requestStart + lines.requestName, in: &requestLines)
            if lines.rest.count > 0 {
                isSafe = write(lines.rest, decision, caller, access, in: bytes, to: &requestLines)
            }
            let response = tables.obligations[obligations].response
            if response.count > 0, isSafe {
                isSafe = write(response, decision, caller, access, in: bytes, to: &responseLines)
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
    /// Writes the lines of a caller that need nothing of the request, and keeps them.
    private func makeLines(
        _ obligations: Int,
        of caller: Principal?,
        _ decision: Decision,
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>
    ) -> CallerLines {
        var written = caller?.identityLines ?? IdentityHeaders.ofNobody
        let requestName = written.count
        access.requestID.append(to: &written)
        written.append(0x0D)
        written.append(0x0A)
        let run = tables.obligations[obligations].request
        var position = run.range.lowerBound
        while let line = constantLine(at: position, of: run) {
            let length = written.count
            guard write(line, decision, caller, access, in: bytes, to: &written) else {
                written.removeLast(written.count - length)
                break
            }
            position = line.range.upperBound
        }
        let rest = RuleTables.Run(
            start: Int32(position), count: Int32(run.range.upperBound - position))
        let lines = CallerLines(
            caller: caller, obligations: obligations, bytes: written, requestName: requestName,
            rest: rest)
        keep(lines)
        return lines
    }

    /// The line that begins at a step, if it needs nothing of the request.
    private func constantLine(at start: Int, of run: RuleTables.Run) -> RuleTables.Run? {
        var position = start
        while position < run.range.upperBound, tables.headerSteps[position].isConstant {
            position += 1
            if case .end = tables.headerSteps[position - 1] {
                return RuleTables.Run(start: Int32(start), count: Int32(position - start))
            }
        }
        return nil
    }

    /// Writes the 24 digits of a request's name over what stands there.
    private static func put(_ name: ExchangeID, at place: Int, in lines: inout [UInt8]) {
        let digits = name.digits
        var span = lines.mutableSpan
        for index in 0..<8 {
            let shift = UInt64(index &* 8)
            span[place &+ index] = UInt8(truncatingIfNeeded: digits.0 &>> shift)
            span[place &+ 8 &+ index] = UInt8(truncatingIfNeeded: digits.1 &>> shift)
            span[place &+ 16 &+ index] = UInt8(truncatingIfNeeded: digits.2 &>> shift)
        }
    }

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
