import Foundation
import Kernels

/// OpenBLAS's kernel beside what the processor can run.
package struct BLASKernel: Codable, Equatable, Sendable {
    /// OpenBLAS's account of its version and build.
    private let configuration: String
    private let core: String
    /// `OPENBLAS_CORETYPE`; a name that OpenBLAS does not know has no effect.
    private let wanted: String?
    private let processorLevel: Int

    package init(configuration: String, core: String, wanted: String?, processorLevel: Int) {
        self.configuration = configuration
        self.core = core
        self.wanted = wanted
        self.processorLevel = processorLevel
    }

    /// The library of this process.
    static var own: BLASKernel {
        BLASKernel(
            configuration: BLAS.configuration, core: BLAS.core,
            wanted: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"], processorLevel: Processor.level)
    }

    /// Cores as OpenBLAS names them, and the x86-64 level that their kernels need and use; others are not judged.
    ///
    /// Source: OpenBLAS, `driver/others/dynamic.c` and `cpuid_x86.c`.
    private static let families: [(cores: [String], level: Int, instructions: String)] = [
        (["skylakex", "cooperlake", "sapphirerapids"], 4, "AVX-512"),
        (["haswell", "zen", "excavator"], 3, "AVX2"),
        (["sandybridge", "bulldozer", "piledriver", "steamroller"], 1, "AVX"),
        (
            [
                "katmai", "coppermine", "northwood", "prescott", "banias", "atom", "core2", "penryn", "dunnington",
                "nehalem",
                "athlon", "opteron", "opteron_sse3", "barcelona", "nano", "bobcat",
            ], 1, "SSE"
        ),
    ]

    private var family: (cores: [String], level: Int, instructions: String)? {
        Self.families.first { $0.cores.contains(core.lowercased()) }
    }

    private var isChosenAtStart: Bool { configuration.split(separator: " ").contains("DYNAMIC_ARCH") }

    /// Whether the environment decided.
    private var isForced: Bool { isChosenAtStart && wanted?.lowercased() == core.lowercased() }

    package var version: String { configuration.split(separator: " ").prefix(2).joined(separator: " ") }

    /// The kernel and its instructions: `Haswell (AVX2)`.
    package var kernel: String { family.map { "\(core) (\($0.instructions))" } ?? core }

    private var processor: String { processorLevel == 4 ? "AVX-512" : processorLevel == 3 ? "AVX2" : "SSE2" }

    package var finding: Finding {
        let subject = "BLAS", cause = isForced ? ", forced by OPENBLAS_CORETYPE," : ""
        let another = "install an OpenBLAS for this CPU, or one that chooses its kernel at start (DYNAMIC_ARCH)"
        let widest = processorLevel == 4 ? "SkylakeX" : "Haswell"
        guard let level = family?.level, level != processorLevel, processorLevel > 0 else {
            return .good(subject, "\(version), kernel \(kernel)")
        }
        if level > processorLevel {
            return .broken(
                subject, "\(version) runs its kernel \(kernel)\(cause) on a CPU that has \(processor) only",
                advice: isForced
                    ? "unset OPENBLAS_CORETYPE, or the first product dies of an illegal instruction"
                    : another)
        }
        return .slow(
            subject, "\(version) runs its kernel \(kernel)\(cause) on a CPU that has \(processor)",
            advice: isForced
                ? "unset OPENBLAS_CORETYPE: the narrower kernel has about half the speed"
                : isChosenAtStart
                    ? "install a newer OpenBLAS, or set OPENBLAS_CORETYPE=\(widest) for all ranks" : another)
    }

    /// What a run says at its start; nil: the environment does no harm.
    package var warning: String? {
        let finding = finding
        guard isForced, let advice = finding.advice else { return nil }
        return "\(finding.fact); \(advice)"
    }
}
