import Diagnostics
import Foundation

/// What a program of this package said and how it ended, under mpirun or alone.
package struct MPIRun {
    package let status: Int32
    package let standardOutput: String
    package let standardError: String

    package init(status: Int32, standardOutput: String, standardError: String) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Runs a built program on a number of ranks of this machine.
    ///
    /// - Parameters:
    ///   - product: Name of an executable target; the test target must depend on it.
    ///   - ranks: nil: without mpirun.
    ///   - environment: Added to the test's own.
    ///   - standardInput: What the program (rank 0) reads.
    ///   - folder: Working directory; nil: the test's own.
    ///   - timeLimit: Seconds until the run is ended and counts as hung.
    /// - Throws: `Diagnostic` where mpirun or the program is missing or the run hangs: a test must fail then, not skip.
    package init(
        _ product: String, _ arguments: [String] = [], ranks: Int?, environment: [String: String] = [:],
        standardInput: String = "", folder: String? = nil, timeLimit: TimeInterval = 300
    ) throws {
        let command = try Self.command(product, arguments, ranks: ranks)
        self = try RunningProgram(
            command, environment: environment, standardInput: Data(standardInput.utf8), folder: folder
        )
            .result(timeLimit: timeLimit)
    }

    /// The words that run a built program on a number of ranks; nil: without mpirun.
    package static func command(_ product: String, _ arguments: [String], ranks: Int?) throws -> [String] {
        let program = [try builtProduct(product)] + arguments
        return try ranks.map { [try locate("mpirun"), "-n", "\($0)"] + program } ?? program
    }

    /// Settings for many ranks on few cores of one machine: root is allowed (containers), no binding (all runs would
    /// take the same cores), ranks that wait give way, and no fabrics are probed.
    package static let oneMachine = [
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        "OMPI_MCA_pml": "ob1",
        "OMPI_MCA_btl": "self,vader",
    ]

    /// Path of an executable, which lies beside the test bundle.
    package static func builtProduct(_ name: String) throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // The bundle is the running program, or one that a runner of the toolchain has loaded.
        let candidates = [bundle, CommandLine.arguments.first ?? ""] + CommandLine.arguments.dropFirst()
        for candidate in candidates {
            let folder = URL(fileURLWithPath: candidate).resolvingSymlinksInPath().deletingLastPathComponent()
            let program = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        throw Diagnostic(name, "is not built", hint: "name it among the dependencies of the test target")
    }

    /// Path of a program in one of the folders of a search path; nil: the environment's.
    package static func locate(_ name: String, searchPath: String? = nil) throws -> String {
        let folders = searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
        for folder in folders.split(separator: ":")
        where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw Diagnostic(
            name, "is not on PATH",
            hint: name == "mpirun" ? "install an MPI library, on Debian: apt-get install openmpi-bin" : nil)
    }
}
