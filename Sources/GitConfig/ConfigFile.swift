internal import Bytes
public import SystemPackage

/// The text of one config file, for changing settings while comments, order and formatting stay as people wrote them.
///
/// Changes are made where Git makes them, byte for byte.
public struct ConfigFile: Sendable {
    /// The file's content.
    public internal(set) var content: [UInt8]
    let place: ConfigOrigin.Place

    /// The text of a file; `place` is named in errors.
    public init(content: [UInt8] = [], place: ConfigOrigin.Place) {
        self.content = content
        self.place = place
    }

    /// Changes a file under its lock: reads it, calls `body`, and puts the new text in its place in one step. Where
    /// `body` throws or changes nothing, the file is as it was. Permissions stay.
    ///
    /// - Throws: ``ConfigError``: what `body` threw, ``ConfigError/lock(_:)`` where somebody else changes the file,
    ///   ``ConfigError/file(_:)``.
    public static func edit(
        _ path: FilePath, _ body: (inout ConfigFile) throws(ConfigError) -> Void
    ) throws(ConfigError) {
        var lock: LockFile
        do throws(LockError) { lock = try LockFile(path) } catch { throw .lock(error) }
        var file = ConfigFile(content: try ConfigLoader.content(path) ?? [], place: .file(path))
        let before = file.content
        try body(&file)
        do throws(FileError) {
            let status = try FileStatus.of(path, followingLinks: true)
            if file.content == before && status != nil { return }
            if let status { try lock.output.setPermissions(status.permissions) }
            try lock.output.write(file.content)
            try lock.commit()
        } catch {
            throw .file(error)
        }
    }

    /// The settings as they stand, includes not followed.
    public func entries(scope: ConfigScope = .command) throws(ConfigError) -> [ConfigEntry] {
        try Config(parsing: content, place: place, scope: scope).entries
    }
}
