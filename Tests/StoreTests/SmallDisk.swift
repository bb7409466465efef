import FoundationEssentials
import Glibc

/// A disk of a few pages, for a test of what happens when it is full; nil where none may be mounted.
struct SmallDisk {
    let path: String

    init?(bytes: Int) {
        let path = FileManager.default.temporaryDirectory.path + "/disk-\(UUID().uuidString)"
        guard unsafe mkdir(path, 0o700) == 0 else { return nil }
        guard unsafe mount("gatehouse-test", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            unsafe rmdir(path)
            return nil
        }
        self.path = path
    }

    func unmount() {
        unsafe umount2(path, 2)
        unsafe rmdir(path)
    }
}
