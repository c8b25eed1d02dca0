internal import Bytes
internal import GitDiff
internal import GitObjects
internal import SystemPackage

/// Runs `diff.<name>.textconv`: a command that is given a file's name and prints it as text.
enum TextConversion {
    static func run(_ command: String, _ content: [UInt8], _ path: GitPath) throws(DiffError) -> [UInt8] {
        do {
            let directory: FilePath = "/tmp"
            let name = String(decoding: path.name, as: UTF8.self).filter { $0 != "/" }
            let file = directory.appending("nacre-\(UInt64.random(in: 0 ... .max))-\(name)")
            try TemporaryFile.replace(file, with: content, synchronizing: false)
            defer { _ = try? Files.remove(file) }
            var request = ChildProcess.Request(shell: command, arguments: [file.string])
            request.output = .pipe
            let result = try ChildProcess.run(request, input: [])
            guard result.status.isSuccess else {
                throw DiffError.unreadableFile(path, reason: "external textconv program '\(command)' failed")
            }
            return result.output
        } catch let error as DiffError {
            throw error
        } catch {
            throw .unreadableFile(path, reason: "\(error)")
        }
    }
}
