// swift-tools-version:6.2
import PackageDescription

/// The CPU level all code is built for: the building machine's own, or one named for a cluster of
/// mixed nodes (`RNN_DIST_CPU=x86-64-v3`).
let cpu = Context.environment["RNN_DIST_CPU"] ?? "native"

/// Set by `Tests/Fuzzing/run` alone: code that tells libFuzzer which ways it takes, and the program that searches.
let isFuzzing = Context.environment["RNN_DIST_FUZZING"] != nil

/// One list for every target of ours: code inlined into another module is compiled with that
/// module's flags, so a CPU level given to one target only would be lost on the way.
let ours: [SwiftSetting] = [
    .unsafeFlags(["-Xcc", "-march=\(cpu)", "-cross-module-optimization"], .when(configuration: .release))
] + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : [])

/// Kernels alone drop run-time checks; their callers check shapes once, outside the loops.
let kernels: [SwiftSetting] = ours + [
    .unsafeFlags(["-Ounchecked"], .when(configuration: .release)),
]

let package = Package(
    name: "rnn-dist",
    products: [.executable(name: "rnn-dist", targets: ["rnn-dist"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        // Its traits are utilities that nothing here uses.
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    ],
    targets: [
        // C libraries: a module map and a shim for macros, nothing else.
        .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        // libcrypto comes with libhdf5-dev; swift-crypto would add 77 s to the first build.
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Looks at the processor before any code built for a wider one runs.
        .target(name: "CProcessor", cSettings: [.unsafeFlags(["-march=\(cpu)"], .when(configuration: .release))]),

        // Leaves.
        .target(name: "Diagnostics", swiftSettings: ours),
        .target(name: "ContentDigest", dependencies: ["CCrypto", "Diagnostics"], swiftSettings: ours),
        .target(
            name: "Configuration", dependencies: ["Diagnostics", .product(name: "Yams", package: "Yams")],
            swiftSettings: ours),

        // Foundations.
        .target(name: "Kernels", dependencies: ["CProcessor"], swiftSettings: kernels),
        .target(name: "MessagePassing", dependencies: ["CMPI", "CProcessor", "Diagnostics"], swiftSettings: ours),
        .target(name: "HDF5", dependencies: ["CHDF5", "ContentDigest", "Diagnostics"], swiftSettings: ours),

        // Networks, optimizers, data.
        .target(name: "RecurrentNetworks", dependencies: ["Kernels", "Configuration", "Diagnostics"], swiftSettings: ours),
        .target(name: "Optimization", dependencies: ["Kernels", "Configuration", "Diagnostics"], swiftSettings: ours),
        .target(
            name: "SequenceData",
            dependencies: ["Kernels", "HDF5", "CZlib", "Configuration", "ContentDigest", "Diagnostics"],
            resources: [.embedInCode("Resources/surnames.txt")], swiftSettings: ours),

        .target(
            name: "Tasks",
            dependencies: ["RecurrentNetworks", "SequenceData", "Kernels", "HDF5", "Configuration", "Diagnostics"],
            swiftSettings: ours),
        .target(
            name: "Training",
            dependencies: [
                "Tasks", "RecurrentNetworks", "Optimization", "SequenceData", "Kernels", "MessagePassing", "HDF5",
                "Configuration", "ContentDigest", "Diagnostics",
            ], swiftSettings: ours),
        .target(
            name: "Reporting",
            dependencies: [
                "Training", "Tasks", "RecurrentNetworks", "Kernels", "HDF5", "CZlib", "Configuration", "Diagnostics",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["TensorBoard/Schema/tensorboard.proto"], swiftSettings: ours),
        .target(
            name: "Interchange",
            dependencies: [
                "Training", "Tasks", "RecurrentNetworks", "Optimization", "SequenceData", "Kernels", "HDF5", "CZlib",
                "Configuration", "ContentDigest", "Diagnostics",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["ONNX/Schema/onnx.proto"], swiftSettings: ours),
        .executableTarget(
            name: "rnn-dist",
            dependencies: [
                "Reporting", "Interchange", "Training", "Tasks", "SequenceData", "RecurrentNetworks", "Optimization", "Kernels",
                "MessagePassing", "HDF5", "Configuration", "ContentDigest", "Diagnostics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: ours),

        // What tests need to run programs under mpirun, and the program that checks sums across ranks.
        .target(
            name: "TestSupport", dependencies: ["RecurrentNetworks", "Kernels", "Diagnostics"], path: "Tests/TestSupport",
            swiftSettings: ours),
        .executableTarget(
            name: "tree-check", dependencies: ["MessagePassing", "Diagnostics"], path: "Tests/TreeCheck", swiftSettings: ours),
        .executableTarget(
            name: "drift-check", dependencies: ["Training", "Tasks", "MessagePassing", "Kernels", "Configuration"],
            path: "Tests/DriftCheck", swiftSettings: ours),
        // Damages checkpoints in thousands of ways and watches them being read.
        .executableTarget(
            name: "checkpoint-faults",
            dependencies: ["Training", "HDF5", "Kernels", "Diagnostics", "TestSupport"],
            path: "Tests/Faults/CheckpointFaults", swiftSettings: ours),
        // Readers of outside bytes as libFuzzer calls them, and a test with what it found.
        .target(
            name: "FuzzTargets",
            dependencies: ["Interchange", "Training", "SequenceData", "HDF5", "Kernels", "Configuration", "Diagnostics"],
            path: "Tests/Fuzzing/Targets", swiftSettings: ours),
        .testTarget(
            name: "FuzzingTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Replay", swiftSettings: ours),
        .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics", "ContentDigest"], swiftSettings: ours),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Diagnostics"], swiftSettings: ours),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: ours),
        .testTarget(
            name: "RecurrentNetworksTests", dependencies: ["RecurrentNetworks", "Kernels", "Configuration", "TestSupport"],
            // Read by path, so that the script beside it stays the one source of the file.
            exclude: ["Parity"], swiftSettings: ours),
        .testTarget(
            name: "OptimizationTests", dependencies: ["Optimization", "Kernels", "Configuration"], exclude: ["Parity"],
            swiftSettings: ours),
        .testTarget(
            name: "TasksTests",
            dependencies: [
                "Tasks", "Optimization", "RecurrentNetworks", "SequenceData", "Kernels", "HDF5", "Configuration",
                "ContentDigest", "Diagnostics", "TestSupport", "rnn-dist",
            ], exclude: ["Parity"], swiftSettings: ours),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "Tasks", "Optimization", "RecurrentNetworks", "SequenceData", "Kernels", "MessagePassing", "HDF5",
                "Configuration", "Diagnostics", "TestSupport", "drift-check",
            ], swiftSettings: ours),
        .testTarget(
            name: "MessagePassingTests", dependencies: ["MessagePassing", "Diagnostics", "TestSupport", "tree-check"],
            swiftSettings: ours),
        .testTarget(
            name: "HDF5Tests", dependencies: ["HDF5", "CHDF5", "ContentDigest", "Diagnostics", "TestSupport", "rnn-dist"],
            swiftSettings: ours),
        .testTarget(
            name: "SequenceDataTests", dependencies: ["SequenceData", "Configuration", "Diagnostics", "TestSupport"],
            swiftSettings: ours),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "rnn-dist", "Training", "Tasks", "RecurrentNetworks", "Kernels", "MessagePassing", "Configuration", "TestSupport",
                "Diagnostics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: ours),
        .testTarget(
            name: "ReportingTests",
            dependencies: [
                "Reporting", "Training", "Tasks", "RecurrentNetworks", "Configuration", "Diagnostics",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], swiftSettings: ours),
        .testTarget(
            name: "InterchangeTests",
            dependencies: [
                "Interchange", "Training", "Tasks", "RecurrentNetworks", "SequenceData", "Kernels", "HDF5", "Configuration",
                "Diagnostics", "TestSupport", "rnn-dist", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["Parity"], swiftSettings: ours),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "HDF5", "Diagnostics", "rnn-dist", "checkpoint-faults",
            ], swiftSettings: ours),
    ] + (isFuzzing
        ? [.executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Runner", swiftSettings: ours)] : []),
    swiftLanguageModes: [.v6]
)
