/// Paths as pipelines write them: text, with `/`, relative to a directory of the repository.
public enum PipelinePath {
    /// The path from the top of the repository of a path that is relative to `directory`; absolute paths stay.
    ///
    /// - Returns: nil where it leads out of the repository.
    public static func resolve(_ path: String, in directory: String) -> String? {
        if path.hasPrefix("/") { return normalize(path).map { "/" + $0 } }
        return normalize(directory.isEmpty ? path : directory + "/" + path)
    }

    private static func normalize(_ path: String) -> String? {
        var components: [Substring] = []
        for component in path.split(separator: "/") {
            if component == "." { continue }
            if component == ".." {
                guard !components.isEmpty else { return nil }
                components.removeLast()
            } else {
                components.append(component)
            }
        }
        return components.joined(separator: "/")
    }

    /// Whether one path is the other, or stands inside it.
    public static func overlaps(_ left: String, _ right: String) -> Bool {
        left == right || isInside(left, right) || isInside(right, left)
    }

    /// Whether `path` stands inside `directory`.
    public static func isInside(_ path: String, _ directory: String) -> Bool {
        directory.isEmpty || (path.utf8.count > directory.utf8.count && path.hasPrefix(directory + "/"))
    }

    /// The directory of a path; empty at the top.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// A path of the repository as a person in `directory` would write it.
    public static func relative(_ path: String, to directory: String) -> String {
        isInside(path, directory) && !directory.isEmpty ? String(path.dropFirst(directory.count + 1)) : path
    }
}
