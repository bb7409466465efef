import HTTPProxy
import Values

/// Feeds bytes to the head scanner, split where the first byte says: no input may trap, and a split may
/// not change the verdict.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeadScanner(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    guard let first = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    let whole = HeadScannerProbe.verdict(bytes, firstPart: bytes.count)
    let split = HeadScannerProbe.verdict(bytes, firstPart: Int(first) * bytes.count / 256)
    guard whole == split else {
        fatalError("a split changes the verdict: \(whole) is not \(split)")
    }
    return 0
}
