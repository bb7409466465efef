import CSystem

extension FileSystem {
    /// Makes an empty file with these permission bits, less the umask.
    ///
    /// - Throws: also when something of that name exists, be it a link that leads nowhere.
    package static func makeFile(_ path: String, mode: UInt32) throws(SystemFailure) {
        let answer = unsafe gatehouse_open(path, gatehouse_open_create, mode)
        _ = try Descriptor(Int(answer), call: "open", subject: path)
    }
}
