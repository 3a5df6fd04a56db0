import Foundation
import Kernels
import Synchronization

/// A rank's processor, the cores it may use there, and what the program was built for.
package struct ProcessorFacts: Codable, Equatable, Sendable {
    package var model: String
    /// x86-64 level of the processor, and the one the program was built for (see `Processor`).
    package var level: Int
    package var builtLevel: Int
    package var isDebugBuild: Bool
    package var hostCores: Int
    /// Where this rank may run.
    package var cores: CoreSet
    /// Where the program that started this rank may run: cores that binding has left out are in here.
    package var launcherCores: CoreSet
    /// Cores' worth of time that the container grants; nil: no limit.
    package var coreLimit: Double?
    package var threads: Int
    /// Whether each thread rounds to nearest and takes subnormal numbers as zero.
    package var roundsAsExpected: Bool

    package init(
        model: String, level: Int, builtLevel: Int, isDebugBuild: Bool, hostCores: Int, cores: CoreSet,
        launcherCores: CoreSet,
        coreLimit: Double?, threads: Int, roundsAsExpected: Bool
    ) {
        self.model = model
        self.level = level
        self.builtLevel = builtLevel
        self.isDebugBuild = isDebugBuild
        self.hostCores = hostCores
        self.cores = cores
        self.launcherCores = launcherCores
        self.coreLimit = coreLimit
        self.threads = threads
        self.roundsAsExpected = roundsAsExpected
    }

    /// Looks at this process.
    init(threads: Int) {
        let hostCores = ProcessInfo.processInfo.processorCount
        let cores = Self.ownCores
        let wrong = Atomic<Int>(0)
        ThreadTeam(count: threads).run { _ in
            if !Processor.floatingPointEnvironmentIsSet { wrong.wrappingAdd(1, ordering: .relaxed) }
        }
        self.init(
            model: Self.modelName(), level: Processor.level, builtLevel: Processor.builtLevel,
            isDebugBuild: _isDebugAssertConfiguration(), hostCores: hostCores, cores: cores.own,
            launcherCores: cores.launcher, coreLimit: ControlGroup.own.cores,
            threads: threads,
            roundsAsExpected: wrong.load(ordering: .relaxed) == 0)
    }

    /// Where this process may run, and where the program that started it may.
    static var ownCores: (own: CoreSet, launcher: CoreSet) {
        let own = CoreSet.allowed() ?? CoreSet(Array(0..<ProcessInfo.processInfo.processorCount))
        return (own, CoreSet.allowed(process: "\(getppid())") ?? own)
    }

    static func modelName() -> String {
        let lines = ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("model name") } ?? ""
        let name = line.split(separator: ":", maxSplits: 1).last?.split(separator: " ").joined(separator: " ") ?? ""
        return name.isEmpty ? "processor of unknown make" : name
    }

    /// The cores that belong to the job on this host.
    package var jobCores: CoreSet { launcherCores.union(cores) }

    /// - Parameter common: The level that the processors of all ranks have.
    package func finding(commonLevel common: Int) -> Finding {
        let subject = "processor", built = Processor.name(ofLevel: builtLevel)
        if isDebugBuild {
            return .slow(
                subject, "\(model); the program is a debug build, slower by orders of magnitude",
                advice: "build it with swift build -c release")
        }
        if builtLevel == 0 { return .good(subject, "\(model); the program is built for this architecture") }
        if builtLevel < common {
            return .slow(
                subject, "\(model) has \(Processor.name(ofLevel: level)), the program is built for \(built) only",
                advice: "build it on this machine, or with RNN_DIST_CPU=x86-64-v\(common) if all nodes have that")
        }
        if builtLevel < level {
            let own = Processor.name(ofLevel: level)
            return .good(subject, "\(model) has \(own); the program is built for \(built), as other hosts here need it")
        }
        return .good(subject, "\(model), program built for \(built)")
    }

    package var roundingFinding: Finding {
        roundsAsExpected
            ? .good("rounding", "to nearest, subnormal numbers are zero, on every thread")
            : .broken(
                "rounding", "the floating-point environment cannot be set on every thread",
                advice: "results will differ from other machines'; run without emulators and debugging tools")
    }
}
