import Diagnostics
import Foundation

/// Runs a program of this package under mpirun, or alone, and keeps what it said.
package struct MPIRun {
    package let status: Int32
    package let standardOutput: String
    package let standardError: String

    /// Runs a built program on a number of ranks of this machine.
    ///
    /// - Parameters:
    ///   - product: Name of an executable target; the test target must depend on it.
    ///   - ranks: nil: without mpirun.
    ///   - environment: Added to the test's own.
    ///   - standardInput: What the program (rank 0) reads.
    ///   - timeLimit: Seconds until the run is ended and counts as hung.
    /// - Throws: `Diagnostic` where mpirun or the program is missing or the run hangs: a test must fail then, not skip.
    package init(
        _ product: String, _ arguments: [String] = [], ranks: Int?, environment: [String: String] = [:],
        standardInput: String = "", timeLimit: TimeInterval = 300
    ) throws {
        let program = try Self.builtProduct(product)
        let process = Process()
        if let ranks {
            process.executableURL = URL(fileURLWithPath: try Self.locate("mpirun"))
            process.arguments = ["-n", "\(ranks)", program] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
        }
        process.environment = ProcessInfo.processInfo.environment
            .merging(Self.oneMachine) { $1 }.merging(environment) { $1 }

        // Files instead of pipes: a full pipe would stop the program.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mpirun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try Self.file("stdout", in: folder)
        let errors = try Self.file("stderr", in: folder)
        process.standardOutput = output.handle
        process.standardError = errors.handle
        let input = folder.appendingPathComponent("stdin")
        try Data(standardInput.utf8).write(to: input)
        process.standardInput = try FileHandle(forReadingFrom: input)

        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        if ended.wait(timeout: .now() + timeLimit) == .timedOut {
            process.terminate()
            process.waitUntilExit()
            let said = try Self.text(errors.url)
            throw Diagnostic(product, "did not end within \(Int(timeLimit)) s on \(ranks ?? 1) ranks; it said: \(said)")
        }
        status = process.terminationStatus
        standardOutput = try Self.text(output.url)
        standardError = try Self.text(errors.url)
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
        for folder in folders.split(separator: ":") where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw Diagnostic(name, "is not on PATH", hint: "install an MPI library, on Debian: apt-get install openmpi-bin")
    }

    private static func file(_ name: String, in folder: URL) throws -> (url: URL, handle: FileHandle) {
        let url = folder.appendingPathComponent(name)
        try Data().write(to: url)
        return (url, try FileHandle(forWritingTo: url))
    }

    private static func text(_ url: URL) throws -> String {
        String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
}
