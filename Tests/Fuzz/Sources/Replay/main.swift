import Bytes
import FuzzTargets
import Glibc
import SystemPackage

// Runs every file of the corpora through its target: `Replay <folder>…`, each with a folder for each target.
// With `--list`, prints the targets' names. A crash names the file, which was printed before it was run.

let words = CommandLine.arguments.dropFirst()
if words.first == "--list" {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
}

var count = 0
for folder in words {
    for target in FuzzTarget.all {
        let directory = FilePath(folder).appending(target.name)
        for entry in try Files.list(directory) ?? [] {
            let path = directory.appending(bytes: entry.name)
            let line = Array("\(path)\n".utf8)
            _ = write(2, line, line.count)
            target.run(try Files.read(path))
            count += 1
        }
    }
}
print("replayed \(count) inputs of \(FuzzTarget.all.count) targets")
exit(count > 0 ? 0 : 1)
