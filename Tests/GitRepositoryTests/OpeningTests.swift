import Bytes
import GitRefs
import GitRepository
import GitStorage
import SystemPackage
import TestSupport
import Testing

/// Finding and opening: what is a repository, what is refused and in which words.
@Suite struct OpeningTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("open")
        try sandbox.shell(
            """
            git init -q repo; cd repo; mkdir -p a/b; echo 1 >a/b/f; git add .; git commit -qm one
            git worktree add -q ../linked; git clone -q --bare . ../bare.git; git init -q --separate-git-dir ../apart ../work
            """)
    }

    private func path(_ name: String) -> FilePath { sandbox.root.appending(name) }

    private func code(_ body: () throws -> Repository) -> RepositoryError.Code? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? RepositoryError)?.code }
    }

    @Test func isFoundFromBelow() throws {
        let repository = try Repository.discover(from: path("repo/a/b"), Discovery())
        #expect(repository.gitDirectory == path("repo/.git"))
        #expect(repository.workTree == path("repo"))
        #expect(!repository.isBare)
        #expect(repository.algorithm == .sha1)
    }

    @Test func aLinkedWorktreeSharesAndHasItsOwn() throws {
        let repository = try Repository.discover(from: path("linked"), Discovery())
        #expect(repository.commonDirectory == path("repo/.git"))
        #expect(repository.gitDirectory == path("repo/.git/worktrees/linked"))
        #expect(repository.workTree == path("linked"))
        #expect(repository.indexFile == path("repo/.git/worktrees/linked/index"))
        #expect(try repository.refs.resolve(.head) == Repository.open(path("repo")).refs.resolve(.head))
    }

    @Test func aBareRepositoryHasNoWorkTree() throws {
        let repository = try Repository.open(path("bare.git"))
        #expect(repository.isBare)
        #expect(repository.workTree == nil)
    }

    @Test func aFilePointsToTheRepository() throws {
        let repository = try Repository.open(path("work"))
        #expect(repository.gitDirectory == path("apart"))
        #expect(repository.workTree == path("work"))
    }

    @Test func ceilingsEndTheSearch() throws {
        var discovery = Discovery()
        discovery.ceilingDirectories = [path("repo")]
        #expect(code { try Repository.discover(from: path("repo/a/b"), discovery) } == .notARepository)
        #expect(code { try Repository.open(path("repo/a")) } == .notARepository)
    }

    @Test func brokenPointersAreNamed() throws {
        try sandbox.write("broken/.git", "no pointer\n")
        try sandbox.write("nowhere/.git", "gitdir: ../gone\n")
        for name in ["broken", "nowhere"] {
            do {
                _ = try Repository.discover(from: path(name), Discovery())
                Issue.record("\(name) was opened")
            } catch let error as RepositoryError {
                #expect(error.code == .notARepository)
                #expect(error.message.contains("\(name)/.git"), "\(error)")
            }
        }
    }

    @Test func anotherUsersRepositoryIsRefused() throws {
        var discovery = Discovery()
        discovery.userIdentifier = 4_000_000
        #expect(code { try Repository.discover(from: path("repo"), discovery) } == .unsafeOwner)
        discovery.globalConfig = [path("trust")]
        try sandbox.write("trust", "[safe]\n\tdirectory = \(path("repo"))\n")
        #expect(code { try Repository.discover(from: path("repo"), discovery) } == nil)
        #expect(code { try Repository.discover(from: path("bare.git"), discovery) } == .unsafeOwner)
        // An empty value takes back what stood before it.
        try sandbox.write("trust", "[safe]\n\tdirectory = *\n\tdirectory =\n")
        #expect(code { try Repository.discover(from: path("repo"), discovery) } == .unsafeOwner)
    }

    @Test(arguments: [
        "[core]\n\trepositoryformatversion = 2\n",
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tnosuch = true\n",
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n",
    ]) func unknownFormatsAreRefused(_ config: String) throws {
        try sandbox.write("repo/.git/config", config)
        #expect(code { try Repository.open(path("repo")) } == .unsupportedFormat)
    }

    @Test(arguments: [HashAlgorithm.sha1, .sha256]) func whatIsMadeStockGitOpens(_ algorithm: HashAlgorithm) throws {
        var options = Repository.InitializeOptions()
        options.initialBranch = "trunk"
        options.algorithm = algorithm
        let first = try Repository.initialize(path("made"), options: options)
        #expect(!first.isReinitialized)
        #expect(try sandbox.git("symbolic-ref", "HEAD", in: "made").trimmed == "refs/heads/trunk")
        #expect(try sandbox.git("rev-parse", "--show-object-format", in: "made").trimmed == algorithm.name)
        #expect(try sandbox.git("fsck", "--strict", in: "made").code == 0)
        let repository = try Repository.open(path("made"))
        #expect(repository.algorithm == algorithm)
        let again = try Repository.initialize(path("made"))
        #expect(again.isReinitialized)
        #expect(try sandbox.git("symbolic-ref", "HEAD", in: "made").trimmed == "refs/heads/trunk")
    }
}
