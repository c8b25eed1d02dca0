// swift-tools-version: 6.3
import PackageDescription

// The fuzz targets of all decoders, and two programs over them: one for libFuzzer, and one that replays the corpora.
// `run.sh` and `replay.sh` build them with the sanitizers. To add a target: a file below Sources/FuzzTargets, a line in
// FuzzTarget.all, and seeds in Corpus.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "fuzz",
    dependencies: [
        .package(name: "nacre", path: "../.."),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // What each decoder is asked to do with any bytes.
        .target(
            name: "FuzzTargets",
            dependencies: [
                .product(name: "NacreFormats", package: "nacre"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: settings),
        // libFuzzer's entry point; libFuzzer brings `main`.
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
        // Runs every file of the corpora through its target.
        .executableTarget(
            name: "Replay",
            dependencies: ["FuzzTargets", .product(name: "NacreFormats", package: "nacre")],
            swiftSettings: settings),
    ]
)
