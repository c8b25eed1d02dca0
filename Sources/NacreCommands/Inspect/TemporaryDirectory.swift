internal import Bytes
internal import Glibc
internal import SystemPackage

/// Makes directories that nobody else can look into.
enum TemporaryDirectory {
    static func make() throws -> FilePath {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/nacre-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw FileError("create directory", FilePath(base)) }
        return FilePath(platformString: path)
    }
}
