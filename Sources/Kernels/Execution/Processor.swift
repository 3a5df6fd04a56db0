private import CProcessor

/// The processor the program runs on, and what the kernels were built for.
public enum Processor {
    /// The x86-64 level the kernels were compiled for: 4 (AVX-512), 3 (AVX2), 1; 0 on other architectures.
    public static var builtLevel: Int { Int(cprocessor_built_level) }

    /// The level this processor and its operating system have.
    public static var level: Int { Int(cprocessor_level()) }

    /// Whether the kernels can run here at all.
    public static var canRunKernels: Bool { builtLevel <= level || builtLevel == 0 }

    /// Name of a level for people.
    public static func name(ofLevel level: Int) -> String {
        switch level {
        case 4: "x86-64-v4 (AVX-512)"
        case 3: "x86-64-v3 (AVX2)"
        case 1: "x86-64 (SSE2)"
        default: "generic"
        }
    }

    /// Cores this process may run on.
    public static var availableCores: Int { Int(cprocessor_available_cores()) }

    /// What fixes the bits of the kernels' results besides the data: equal on all ranks of a run.
    public static var kernelFamily: String { "packed-4/\(name(ofLevel: builtLevel))" }

    /// Whether bfloat16 products use instructions of their own; else they cost more time than others.
    public static var multipliesBFloat16: Bool { BFloat16Arithmetic.isNative }

    /// Rounding to nearest, no traps, subnormals are zero: in every thread, before any kernel runs.
    public static func setFloatingPointEnvironment() { cprocessor_set_floating_point_environment() }

    /// Keeps freed memory for the next batch, on huge pages: what goes back to the operating system comes back page by
    /// page, in faults. Before the first large allocation.
    public static func prepareMemory() { cprocessor_prepare_memory() }

    /// Gives free memory back, once what is needed only at the start is done.
    public static func releaseFreeMemory() { cprocessor_release_free_memory() }

    /// Whether some library has changed the environment of this thread.
    public static var floatingPointEnvironmentIsSet: Bool {
        cprocessor_floating_point_environment() == cprocessor_expected_floating_point_environment()
    }
}
