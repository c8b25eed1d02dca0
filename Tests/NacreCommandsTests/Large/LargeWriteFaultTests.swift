import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A kill, and a full disk, at the writes of `add`, `commit`, `checkout` and `gc`: whichever write it is, in the middle of its bytes,
/// the store stays whole and everything that was committed is there. `NACRE_FAULT_POINTS=n` tries n writes of each command
/// (all of them where it has no more, or for `all`); without it, a few.
@Suite("A fault at any write")
struct LargeWriteFaultTests {
    private static let points =
        getenv("NACRE_FAULT_POINTS").map { String(cString: $0) }.flatMap {
            $0 == "all" ? Int.max / 2 : Int($0)
        } ?? 3

    /// Takes the place of the system's writing calls: counts them, and at the one that is asked for writes half of the bytes and ends
    /// the process, or says from then on that the disk is full.
    private static let interposer = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        static long calls, wanted;
        static int isFull;
        __attribute__((constructor)) static void begin(void) {
            const char *at = getenv("FAULT_AT");
            wanted = at ? atol(at) : 0;
            isFull = getenv("FAULT_IS_FULL") != NULL;
        }
        __attribute__((destructor)) static void end(void) {
            const char *path = getenv("FAULT_COUNT");
            FILE *file = path ? fopen(path, "w") : NULL;
            if (file) { fprintf(file, "%ld", calls); fclose(file); }
        }
        static int fails(int isSpace) {
            long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
            if (!wanted || call < wanted || (isFull && !isSpace)) return 0;
            if (!isFull && call > wanted) return 0;
            return 1;
        }
        static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }
        static long full(void) { errno = ENOSPC; return -1; }
        #define DIE do { kill(getpid(), SIGKILL); for (;;) pause(); } while (0)
        ssize_t write(int fd, const void *bytes, size_t count) {
            ssize_t (*next)(int, const void *, size_t) = real("write");
            if (fd > 2 && fails(1)) { if (isFull) return full(); next(fd, bytes, count / 2); DIE; }
            return next(fd, bytes, count);
        }
        ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
            ssize_t (*next)(int, const void *, size_t, off_t) = real("pwrite");
            if (fails(1)) { if (isFull) return full(); next(fd, bytes, count / 2, at); DIE; }
            return next(fd, bytes, count, at);
        }
        int rename(const char *from, const char *to) {
            int (*next)(const char *, const char *) = real("rename");
            if (fails(0)) DIE;
            return next(from, to);
        }
        int link(const char *from, const char *to) {
            int (*next)(const char *, const char *) = real("link");
            if (fails(0)) DIE;
            return next(from, to);
        }
        int unlink(const char *path) {
            int (*next)(const char *) = real("unlink");
            if (fails(0)) DIE;
            return next(path);
        }
        int fsync(int fd) {
            int (*next)(int) = real("fsync");
            if (fails(1)) { if (isFull) return full(); DIE; }
            return next(fd);
        }
        """

    let sandbox: Sandbox
    private let versions: [[UInt8]]

    init() throws {
        sandbox = try Sandbox("large-writes")
        try sandbox.write("fault.c", Self.interposer)
        var generator = SeededGenerator(seed: 41)
        let first = SampleFile.safetensors.make(size: 300_000, &generator)
        versions = [first, SampleFile.safetensors.edited(first, &generator)]
        try sandbox.shell(
            "nacre init -q origin && cd origin && git config nacre.largeFileThreshold 64k && git config nacre.operationLog true"
        )
        for (number, content) in versions.enumerated() {
            try sandbox.write("origin/model.safetensors", content)
            try sandbox.shell("nacre add . && nacre commit -qm \(number)", in: "origin")
        }
    }

    /// What is done, and what brings the repository there.
    private static let commands: [(name: String, prepare: String, command: [String])] = [
        ("add", "cp ../next model.safetensors", ["add", "."]),
        ("commit", "cp ../next model.safetensors && nacre add .", ["commit", "-qm", "next"]),
        ("commit -a", "cp ../next model.safetensors", ["commit", "-qam", "next"]),
        ("checkout", "true", ["checkout", "-q", "HEAD~"]),
        (
            "large gc", "cp ../next model.safetensors && nacre add . && nacre reset -q --hard",
            ["large", "gc", "--prune=0"]
        ),
        ("gc", "true", ["gc", "-q", "--prune=now"]),
    ]

    @Test("whatever was committed is there", arguments: [false, true])
    func faults(isFull: Bool) throws {
        let compiled = try sandbox.run("cc", ["-shared", "-fPIC", "-o", "fault.so", "fault.c", "-ldl"])
        let other =
            compiled.code == 0
            ? compiled : try sandbox.run("clang", ["-shared", "-fPIC", "-o", "fault.so", "fault.c", "-ldl"])
        try #require(other.code == 0, "\(other)")
        var generator = SeededGenerator(seed: 43)
        try sandbox.write("next", SampleFile.safetensors.edited(versions[1], &generator))
        for (name, prepare, command) in Self.commands {
            try sandbox.shell("rm -rf ready && cp -a origin ready && cd ready && \(prepare)")
            let total = try count(command)
            try #require(total > 0, "\(name)")
            let stride = max(1, (total + Self.points - 1) / Self.points)
            // Not the same writes in each run of few, but the same for everybody.
            let start = min(total, 1 + Int.random(in: 0..<stride, using: &generator))
            for point in Swift.stride(from: start, through: total, by: stride) {
                try sandbox.shell("rm -rf repo && cp -a ready repo")
                let outcome = try run(command, at: point, isFull)
                let label = "\(name), write \(point) of \(total)\(isFull ? ", disk full" : "")"
                if isFull {
                    // Something that only makes things faster may be left out.
                    #expect(outcome.code == 0 || outcome.errorText.contains("No space left"), "\(label): \(outcome)")
                } else {
                    #expect(outcome.code == 128 + SIGKILL || outcome.code == 0, "\(label): \(outcome)")
                }
                try check(label)
            }
        }
    }

    private func count(_ command: [String]) throws -> Int {
        try sandbox.shell("rm -rf repo && cp -a ready repo")
        let count = sandbox.root.appending("count").string
        let outcome = try sandbox.run(
            "nacre", command, in: "repo",
            variables: ["LD_PRELOAD": sandbox.root.appending("fault.so").string, "FAULT_COUNT": count])
        #expect(outcome.code == 0, "\(command): \(outcome)")
        return Int(String(decoding: try sandbox.read("count"), as: UTF8.self)) ?? 0
    }

    private func run(_ command: [String], at point: Int, _ isFull: Bool) throws -> Sandbox.Outcome {
        var variables = ["LD_PRELOAD": sandbox.root.appending("fault.so").string, "FAULT_AT": "\(point)"]
        if isFull { variables["FAULT_IS_FULL"] = "1" }
        return try sandbox.run("nacre", command, in: "repo", variables: variables)
    }

    /// Every version is there, nothing is half, and work goes on.
    private func check(_ label: String) throws {
        // A killed process leaves its locks, and nothing in the work tree that was not there.
        try sandbox.shell("rm -f .git/*.lock .git/refs/heads/*.lock .git/refs/nacre/*.lock", in: "repo")
        let names = try sandbox.shell("find . -name .git -prune -o -type f -print | sort", in: "repo").text
        #expect(
            Set(names.split(separator: "\n")).isSubset(of: ["./.gitattributes", "./model.safetensors"]),
            "\(label): \(names)")
        let healthy = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(healthy.code == 0, "\(label): \(healthy)")
        for (number, content) in versions.enumerated() {
            let id = try sandbox.git("rev-parse", "main~\(versions.count - 1 - number)", in: "origin").trimmed
            let back = try sandbox.nacre("cat-file", "--filters", "\(id):model.safetensors", in: "repo")
            #expect(back.gives(content), "\(label): version \(number)")
        }
        let objects = try sandbox.git("fsck", "--strict", in: "repo")
        #expect(objects.code == 0, "\(label): \(objects)")
        let again = try sandbox.shell("nacre checkout -q -f main && nacre add . && git status --porcelain", in: "repo")
        #expect(again.code == 0 && again.text == "", "\(label): \(again)")
    }
}
