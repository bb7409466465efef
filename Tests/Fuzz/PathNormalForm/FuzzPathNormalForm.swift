import Values

/// Feeds bytes to the check of paths: no input may trap, and what is accepted can be read in one way
/// only, by whoever decodes it, once or twice.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPathNormalForm(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let path = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    do throws(PathNormalForm.Rejection) {
        try PathNormalForm.check(path.span)
    } catch {
        return 0
    }
    let text = String(decoding: path, as: UTF8.self)
    func hold(_ isTrue: Bool, _ claim: String) {
        guard isTrue else { fatalError("\(claim): \(text.debugDescription)") }
    }
    hold(path.first == UInt8(ascii: "/"), "begins with a slash")
    hold(path.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "visible ASCII")
    hold(!path.contains { #"\?#;"<>[]^`{|}"#.utf8.contains($0) }, "no byte with another meaning")
    let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    hold(!segments.dropFirst().dropLast().contains { $0.isEmpty }, "no empty segment")
    guard let decoded = decode(path) else { fatalError("not decodable: \(text.debugDescription)") }
    hold(String(validating: decoded, as: UTF8.self) != nil, "decodes to UTF-8")
    hold(!decoded.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }, "decodes to no control byte")
    let names = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    hold(names.count == segments.count, "decoding makes no segments")
    hold(!names.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "no dots")
    hold(!holdsOctet(decoded), "nothing is left to decode")
    hold(decoded == path || encode(decoded, like: path) == path, "one spelling")
    return 0
}

/// Takes off one layer of encoding; nil where a percent sign stands alone.
private func decode(_ path: [UInt8]) -> [UInt8]? {
    var decoded: [UInt8] = []
    var index = 0
    while index < path.count {
        if path[index] == UInt8(ascii: "%") {
            guard let octet = octet(path, index) else { return nil }
            decoded.append(octet)
            index += 3
        } else {
            decoded.append(path[index])
            index += 1
        }
    }
    return decoded
}

private func octet(_ bytes: [UInt8], _ index: Int) -> UInt8? {
    guard index + 2 < bytes.count, let high = digit(bytes[index + 1]),
        let low = digit(bytes[index + 2])
    else { return nil }
    return high << 4 | low
}

private func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
}

private func holdsOctet(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0] == UInt8(ascii: "%") && octet(bytes, $0) != nil }
}

/// Encodes what must be encoded, and what may be where the model encodes it at the same place.
private func encode(_ decoded: [UInt8], like model: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    for byte in decoded {
        let isEncoded = encoded.count < model.count && model[encoded.count] == UInt8(ascii: "%")
        let isUnreserved =
            Character(Unicode.Scalar(byte)).isLetter && byte < 0x80
            || "0123456789-._~/".utf8.contains(byte)
        if isEncoded, !isUnreserved {
            encoded += model[encoded.count..<min(encoded.count + 3, model.count)]
        } else {
            encoded.append(byte)
        }
    }
    return encoded
}
