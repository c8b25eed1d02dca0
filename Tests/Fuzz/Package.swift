// swift-tools-version: 6.3
import PackageDescription

// One executable a decoder, each with libFuzzer's entry point. Built by `run.sh`, which adds the sanitizers for all modules.
// To add one: a folder below Sources with a file `Fuzz.swift`, a line here, and seeds in a test's Fixtures folder.

let settings: [SwiftSetting] = [.unsafeFlags(["-parse-as-library"])]

func fuzzer(_ name: String, _ products: [String]) -> Target {
    .executableTarget(
        name: name, dependencies: products.map { .product(name: $0, package: "nacre") }, swiftSettings: settings)
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "nacre", path: "../..")],
    targets: [
        fuzzer("PackIndexFuzz", ["NacreLibraries"]),
        fuzzer("PackFuzz", ["NacreLibraries"]),
        fuzzer("DeltaFuzz", ["NacreLibraries"]),
        fuzzer("CommitGraphFuzz", ["NacreLibraries"]),
        fuzzer("ObjectFuzz", ["NacreLibraries"]),
        fuzzer("IndexFuzz", ["NacreLibraries"]),
        fuzzer("IgnoreFuzz", ["NacreLibraries"]),
        fuzzer("AttributesFuzz", ["NacreLibraries"]),
    ]
)
