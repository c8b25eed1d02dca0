internal import Glibc

/// The system's call for symbolic links.
enum SymbolicLink {
    /// Makes a link; 0 where that worked.
    static func make(_ target: UnsafePointer<CChar>, _ path: UnsafePointer<CChar>) -> Int32 { symlink(target, path) }
}
