// swift-tools-version: 6.3
import PackageDescription

// The first page of the architecture: targets in layer order. A target imports targets of lower layers only.

/// The server's packages take minutes to compile. `NACRE_SERVER=0` leaves them out while working on anything else.
let withServer = Context.environment["NACRE_SERVER"] != "0"

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    // Metadata of generic types is made from code, not looked up by mangled name: a look-up goes through every conformance of
    // the program for each requirement, a sixth of the time of a short command.
    .unsafeFlags(
        ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"], .when(configuration: .release)),
]

let cSettings: [CSetting] = [.unsafeFlags(["-O3", "-Wall"])]

/// zlib, libdeflate, zstd and libcrypto: static in release, so that the process starts without the dynamic linker looking for them.
let systemLibraries: [LinkerSetting] = [
    .linkedLibrary("z", .when(configuration: .debug)),
    .linkedLibrary("deflate", .when(configuration: .debug)),
    .linkedLibrary("zstd", .when(configuration: .debug)),
    .linkedLibrary("crypto", .when(configuration: .debug)),
    .unsafeFlags(
        [
            "-Xlinker", "-l:libz.a", "-Xlinker", "-l:libdeflate.a", "-Xlinker", "-l:libzstd.a", "-Xlinker",
            "-l:libcrypto.a",
        ],
        .when(configuration: .release)),
    // A position-independent program of this size has 90,000 addresses to adjust before `main`: half of its start-up. Nor
    // does anybody look its symbols up by name.
    .unsafeFlags(
        ["-Xclang-linker", "-no-pie", "-Xclang-linker", "-static-libgcc", "-Xlinker", "--no-export-dynamic"],
        .when(configuration: .release)),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies + [system], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport", system], exclude: exclude, swiftSettings: settings)
}

var targets: [Target] = [
    // MARK: Layer C: system libraries and our own hot loops

    // zlib: inflate and deflate, piece by piece.
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    // libdeflate: the same for what is whole in memory, in half the time; CRC-32.
    .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
    // zstd: frames, and frames with a prefix (delta).
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    // libcrypto: SHA-1, SHA-256, signatures.
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    // What the Glibc module does not show of the system.
    .systemLibrary(name: "CPosix"),
    // libcurl, opened when the first request is made and never linked.
    .target(name: "CCurl", cSettings: cSettings),
    // Loops for which Swift cannot name the instruction: BLAKE3, gear scan, byte planes.
    .target(name: "CKernels", cSettings: cSettings),

    // MARK: Layer 1: binary data

    // Readers, writers, digests, inflate, zstd, maps, atomic files, lock files, workers.
    .target(
        name: "Bytes", dependencies: ["CPosix", "CZlib", "CDeflate", "CZstd", "COpenSSL", "CKernels", system],
        swiftSettings: settings,
        linkerSettings: systemLibraries),

    // MARK: Layer 2: what is inside an object, what is inside a file

    // Object ids, blob, tree, commit, tag, signature: parse and encode.
    library("GitObjects", ["Bytes"]),
    // safetensors, PyTorch, NumPy, GGUF, CSV, JSON Lines, notebooks.
    library("DataFormats", ["Bytes"]),

    // MARK: Layer 3: where objects, names and settings are kept

    // Loose objects, packs, pack indexes, deltas, commit-graph, object database, pack writer, fsck.
    library("GitStorage", ["Bytes", "GitObjects"]),
    // Ref names, loose and packed refs, reflog, transactions, refspecs.
    library("GitRefs", ["Bytes", "GitObjects"]),
    // Config files, scopes, includes.
    library("GitConfig", ["Bytes", "GitObjects"]),

    // MARK: Layer 4: comparing, and talking without sockets

    // Line diff, tree diff, renames, patch text, three-way merge, merge base.
    library("GitDiff", ["Bytes", "GitObjects", "GitStorage"]),
    // pkt-line, capabilities, protocol v2 and v0, side-band, negotiation.
    library("GitProtocol", ["Bytes", "GitObjects", "GitStorage", "GitRefs"]),

    // MARK: Layer 5: the work tree, and sockets

    // Index, ignore, attributes, pathspecs, status, checkout, content filters.
    library("GitWorktree", ["Bytes", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitDiff"]),
    // The protocol over HTTP (libcurl), local paths, ssh; credentials.
    library("GitTransport", ["Bytes", "CCurl", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitProtocol"]),

    // MARK: Layer 6: the facade

    // Open, clone, fetch, push, commit, merge, gc; revisions; the operation log.
    library(
        "GitRepository",
        [
            "Bytes", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitDiff", "GitProtocol", "GitWorktree",
            "GitTransport",
        ]),

    // MARK: Layer 7: large files

    // Pointers, chunking, chunk store, codecs, manifests, LFS batch client.
    library(
        "LargeFiles",
        [
            "Bytes", "CKernels", "DataFormats", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitWorktree",
            "GitTransport", "GitRepository",
        ]),

    // MARK: Layer 8: experiments

    // Parameters, metrics, policy, pipeline stages, runs, environments, reproduction, attestations.
    library(
        "NacreExperiments",
        [
            "Bytes", "COpenSSL", "CPosix", "DataFormats", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitDiff",
            "GitWorktree", "GitRepository", "LargeFiles", yams, toml,
        ]),

    // MARK: Layer 10: commands and server

    // One folder a group, one file a verb.
    library(
        "NacreCommands",
        [
            "Bytes", "DataFormats", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitDiff", "GitProtocol",
            "GitWorktree", "GitTransport", "GitRepository", "LargeFiles", "NacreExperiments",
        ]),
    // The command.
    .executableTarget(name: "nacre", dependencies: ["NacreCommands"], swiftSettings: settings),

    // MARK: Tests

    // A hermetic environment, the real binary, stock git beside it, repeatable random data.
    .target(name: "TestSupport", dependencies: ["Bytes", system], path: "Tests/TestSupport", swiftSettings: settings),
    tests("BytesTests", ["Bytes"]),
    tests("GitObjectsTests", ["GitObjects", "Bytes"]),
    tests("DataFormatsTests", ["DataFormats", "Bytes"]),
    tests("GitStorageTests", ["GitStorage", "GitObjects", "Bytes"], exclude: ["Fixtures"]),
    tests("GitRefsTests", ["GitRefs", "GitObjects", "Bytes"]),
    tests("GitConfigTests", ["GitConfig", "GitObjects", "Bytes"]),
    tests("GitDiffTests", ["GitDiff", "GitStorage", "GitObjects", "Bytes"]),
    tests("GitProtocolTests", ["GitProtocol", "GitStorage", "GitRefs", "GitObjects", "Bytes"]),
    tests(
        "GitWorktreeTests", ["GitWorktree", "GitDiff", "GitStorage", "GitRefs", "GitConfig", "GitObjects", "Bytes"]),
    tests(
        "GitTransportTests",
        ["GitTransport", "GitProtocol", "GitStorage", "GitRefs", "GitConfig", "GitObjects", "Bytes"]),
    tests(
        "GitRepositoryTests",
        ["GitRepository", "GitWorktree", "GitDiff", "GitStorage", "GitRefs", "GitConfig", "GitObjects", "Bytes"]),
    tests(
        "LargeFilesTests",
        ["LargeFiles", "DataFormats", "GitRepository", "GitWorktree", "GitStorage", "GitObjects", "Bytes", "CKernels"]),
    tests("NacreExperimentsTests", ["NacreExperiments", "GitRepository", "GitObjects", "Bytes"]),
    tests("NacreCommandsTests", ["NacreCommands", "nacre", "GitWorktree", "GitStorage", "GitObjects", "Bytes"]),
]

var dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
]

if withServer {
    dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ]
    let serverPackages: [Target.Dependency] = [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["TLS"])),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
    ]
    targets += [
        // Smart HTTP, LFS, chunks, accounts, protection, maintenance.
        library(
            "NacreServer",
            [
                "Bytes", "CZlib", "COpenSSL", "GitObjects", "GitStorage", "GitRefs", "GitConfig", "GitDiff",
                "GitProtocol", "GitRepository", "LargeFiles", "NacreExperiments",
            ] + serverPackages),
        // The server, apart so that the command starts at once.
        .executableTarget(
            name: "nacre-server",
            dependencies: ["NacreServer", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings),
        tests(
            "NacreServerTests",
            ["NacreServer", "nacre-server", "nacre", "GitObjects", "Bytes"]),
    ]
}

let package = Package(
    name: "nacre",
    products: [
        .executable(name: "nacre", targets: ["nacre"]),
        // For the fuzz targets, which are a package of their own: all that reads bytes from outside.
        .library(
            name: "NacreFormats",
            targets: [
                "Bytes", "GitObjects", "DataFormats", "GitStorage", "GitRefs", "GitConfig", "GitDiff", "GitProtocol",
                "GitWorktree", "LargeFiles",
            ]),
    ]
        + (withServer ? [.executable(name: "nacre-server", targets: ["nacre-server"])] : []),
    // TLS in the server itself costs minutes of compiling; most put nginx before it.
    traits: [.trait(name: "TLS", description: "nacre-server speaks TLS by itself (--certificate, --key).")],
    dependencies: dependencies,
    targets: targets
)
