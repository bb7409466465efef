/// Makes the handler of each connection that a listener accepts; one per loop and listener.
package protocol StreamAcceptor: AnyObject {
    /// A connection came in. Nothing has been read from it yet.
    func accepted(_ stream: ByteStream) -> any StreamHandler
}

/// What happens on a stream, told on its loop. No method is called from inside a call of the stream.
package protocol StreamHandler: AnyObject {
    /// The connection that we asked for is there.
    func opened(_ stream: ByteStream)

    /// Bytes came. They are valid during the call only.
    ///
    /// - Returns: how many were consumed. The stream keeps the rest and gives it again in front of
    ///   what comes next, or when reading resumes after a pause.
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int

    /// Unsent output had been above the high mark and is now below the low one.
    func writable(_ stream: ByteStream)

    /// The peer will send nothing more. Writing is still possible.
    func ended(_ stream: ByteStream)

    /// The stream broke and is closed; the last call.
    func failed(_ stream: ByteStream, _ failure: TransportFailure)

    /// The stream's deadline passed, and is cleared; the handler decides what that means.
    func deadlinePassed(_ stream: ByteStream)
}
