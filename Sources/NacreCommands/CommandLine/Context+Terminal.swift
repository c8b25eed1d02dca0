internal import Bytes
internal import GitConfig
internal import GitRepository
internal import Glibc
internal import SystemPackage

extension Context {
    /// Sends standard output through the user's pager from here on, where it is a terminal and neither the options nor
    /// `pager.<verb>` say otherwise. The process waits for the pager when it ends (see ``finish()``).
    func startPager(_ verb: String, default usesPager: Bool = true) throws {
        guard pager == nil, isatty(1) == 1, options.paginate ?? true else { return }
        let config = try configuration()
        if options.paginate == nil {
            let setting = config.string("pager.\(verb)")
            let isOn = (try? config.bool("pager.\(verb)")) ?? nil
            guard isOn ?? (setting != nil || usesPager) else { return }
        }
        let command =
            environment["GIT_PAGER"] ?? customPager(config, verb) ?? config.string("core.pager") ?? environment["PAGER"]
            ?? "less"
        guard !command.isEmpty, command != "cat" else { return }
        var request = ChildProcess.Request(shell: command)
        request.input = .pipe
        if environment["LESS"] == nil { request.variables.append(("LESS", "FRX")) }
        if environment["LV"] == nil { request.variables.append(("LV", "-c")) }
        isOutputColored = isOutputColored ?? true
        output.flush()
        var child = try ChildProcess(request)
        dup2(child.input, 1)
        if isatty(2) == 1 { dup2(child.input, 2) }
        child.closeInput()
        pager = Pager(child)
    }

    private func customPager(_ config: Config, _ verb: String) -> String? {
        guard (try? config.bool("pager.\(verb)")) == .some(nil) || (try? config.bool("pager.\(verb)")) == nil else {
            return nil
        }
        return config.string("pager.\(verb)")
    }

    /// Writes out everything and waits for the pager.
    func finish() {
        output.flush()
        errors.flush()
        guard let pager else { return }
        close(1)
        close(2)
        pager.wait()
        self.pager = nil
    }

    /// Whether to colour, by `--color` (`when`: nil for what the configuration says), the setting `key` (`color.diff`),
    /// `color.ui`, `NO_COLOR` and the terminal.
    func usesColor(_ when: String?, key: String) throws -> Bool {
        let config = try configuration()
        let setting = when ?? config.string(key) ?? config.string("color.ui") ?? "auto"
        switch setting {
        case "always": return true
        case "never", "false", "no", "off", "0": return false
        case "auto", "true", "yes", "on", "1", "":
            if when == nil, environment.nonEmpty("NO_COLOR") != nil { return false }
            return isOutputColored ?? (isatty(1) == 1 && environment["TERM"] != "dumb")
        default:
            throw CommandError.usage("option `color' expects \"always\", \"auto\", or \"never\"")
        }
    }

    /// Writes out what is kept back where a person watches, so that what follows on standard error follows it. Git's own
    /// standard output is buffered in the same way.
    func settle() { if output.isTerminal { output.flush() } }

    /// Columns of the terminal: `COLUMNS`, the terminal's own word, or 80.
    var terminalWidth: Int {
        if let columns = environment.nonEmpty("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return 80
    }

    /// Lets the user edit a file: `GIT_EDITOR`, `core.editor`, `VISUAL`, `EDITOR`, else `vi`.
    ///
    /// - Throws: Git's error where there is no editor, or where it fails.
    func edit(_ file: FilePath, variable: String = "GIT_EDITOR") throws {
        let config = try configuration()
        let isDumb = environment["TERM"] == nil || environment["TERM"] == "dumb"
        let sequence =
            variable == "GIT_SEQUENCE_EDITOR" ? environment[variable] ?? config.string("sequence.editor") : nil
        guard
            let editor = sequence ?? environment["GIT_EDITOR"] ?? config.string("core.editor")
                ?? (isDumb ? nil : environment["VISUAL"]) ?? environment["EDITOR"] ?? (isDumb ? nil : "vi")
        else {
            throw CommandError.error(
                "Terminal is dumb, but EDITOR unset\nPlease supply the message using either -m or -F option.")
        }
        if editor == ":" { return }
        output.flush()
        var child = try ChildProcess(.init(shell: editor, arguments: [file.string]))
        guard child.wait().isSuccess else {
            throw CommandError.error("There was a problem with the editor '\(editor)'.")
        }
    }
}

/// The pager that reads standard output.
final class Pager {
    private var child: ChildProcess?

    init(_ child: consuming ChildProcess) { self.child = consume child }

    func wait() {
        guard var running = child.take() else { return }
        _ = running.wait()
    }
}
