/// Which files that changed while a command ran are what it made, and which are a person's edits.
///
/// Declared outputs, metrics, series and locks always count; what people write by hand never does; of the rest, everything
/// that is new counts, and of what was there before whatever is not a document.
struct OutputRules: Sendable {
    private let declared: [String]
    private let parameters: Set<String>

    private static let code: Set<String> = [
        "py", "pyx", "pyi", "ipynb", "r", "rmd", "jl", "sh", "bash", "zsh", "fish", "swift", "c", "h", "cc", "cpp",
        "hpp", "cu",
        "cuh", "rs", "go", "java", "scala", "kt", "js", "ts", "tsx", "jsx", "sql", "lua", "pl", "rb", "m", "mm", "css",
    ]
    private static let documents: Set<String> = [
        "md", "rst", "txt", "toml", "cfg", "ini", "yaml", "yml", "lock", "html", "tex", "bib", "conf", "env",
    ]
    private static let names: Set<String> = [
        ".gitignore", ".gitattributes", ".gitmodules", ".dvcignore", "Makefile", "Dockerfile", "nacre.yaml", "dvc.yaml",
        "requirements.txt", "LICENSE", "README",
    ]

    /// The paths that are always included, also where they are ignored.
    let forced: [String]

    init(pipeline: Pipeline?, parameterFiles: [String]) {
        declared =
            (pipeline?.outputs.map(\.path) ?? []) + (pipeline?.metricFiles ?? []) + ValueTable.metricDefaults
            + ["nacre.lock", "dvc.lock", "dvclive", "plots"]
            + (pipeline?.sources.map(PipelinePath.parent).filter { !$0.isEmpty }.map { $0 + "/nacre.lock" } ?? [])
            + (pipeline?.plots.flatMap { $0.sources.map(\.path) } ?? [])
        // DVCLive's copy of the parameters stands below `dvclive`, and is made by the run.
        parameters = Set(parameterFiles + ValueTable.parameterDefaults).subtracting(["dvclive/params.yaml"])
        forced = declared.filter { $0 != "plots" }
    }

    /// Whether a changed path belongs to what the run made.
    func isOutput(_ path: String, wasThere: Bool) -> Bool {
        if declared.contains(where: { $0 == path || PipelinePath.isInside(path, $0) }) { return true }
        if parameters.contains(path) { return false }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if Self.names.contains(name) || name == "venv" || path.contains("__pycache__/") { return false }
        if name.contains("tfevents") { return true }
        let suffix = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        if Self.code.contains(suffix) || suffix == "pyc" || name.hasPrefix(".") || name.hasSuffix("~") { return false }
        return !wasThere || !Self.documents.contains(suffix)
    }
}
