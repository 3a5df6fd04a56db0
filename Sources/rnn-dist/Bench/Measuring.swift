import Configuration
import Diagnostics
import Kernels
import MessagePassing
import RecurrentNetworks
import Tasks
import Training

/// Runs workloads on all ranks and measures them.
struct Measuring {
    let communicator: Communicator
    let team: ThreadTeam
    let overlaps: Bool
    /// Each workload's steps are measured so long, at least.
    let seconds: Double
    /// Bytes a second of all ranks' threads.
    private let bandwidth: Double

    init(_ communicator: Communicator, team: ThreadTeam, overlaps: Bool, seconds: Double) throws {
        (self.communicator, self.team, self.overlaps, self.seconds) = (communicator, team, overlaps, seconds)
        try communicator.barrier()
        bandwidth = try communicator.total(MachineSpeed.memoryBytes(team: team, seconds: 0.2))
    }

    /// - Parameter makeTask: Reads or makes the data.
    func report(
        _ name: String, _ configuration: RunConfiguration, _ makeTask: () throws -> any SequenceTask
    ) throws -> WorkloadReport {
        ProcessMemory.forgetPeak()
        let precision = ProductPrecision(configuration.model.precision), before = try peak(precision)
        let task = try communicator.onAllRanks(makeTask)
        let memory = try MemoryCheck.look(
            task.parameters.layout, task.trainingPlan(epoch: 0), validation: nil, configuration, communicator,
            writesCheckpoints: false)
        let estimates = try communicator.allGather([memory.own.total]).map { $0[0] }
        var measured = try measure(task, configuration)
        let operations = StepCost.operations(
            configuration, task.parameters.layout, examples: measured.examples, tokens: measured.tokens)
        let bytes = StepCost.parameterBytes(
            configuration, task.parameters.layout, examples: measured.examples, tokens: measured.tokens,
            steps: measured.steps)
        measured.bytesSent = try communicator.allGather([measured.bytesSent]).map { $0[0] }.max() ?? 0
        let peakMemory = try communicator.allGather([ProcessMemory.peak ?? 0]).map { $0[0] }.max() ?? 0
        measured.processorSeconds = try communicator.total(measured.processorSeconds)
        var nanoseconds = measured.nanoseconds.map { Int64($0) }
        try communicator.sum(&nanoseconds)
        measured.nanoseconds = nanoseconds.map { UInt64($0) }
        var report = WorkloadReport(
            name: name, ranks: communicator.size, threads: team.count, configuration: configuration, measured: measured,
            operations: operations, parameterBytes: bytes, peak: max(before, try peak(precision)), bandwidth: bandwidth,
            peakMemory: peakMemory)
        report.memoryEstimate = estimates.max() ?? 0
        return report
    }

    /// Operations a second of all ranks' threads at once.
    private func peak(_ precision: ProductPrecision) throws -> Double {
        try communicator.barrier()
        return try communicator.total(MachineSpeed.floatOperations(team: team, seconds: 0.1, precision: precision))
    }

    private func measure<Task: SequenceTask>(_ task: Task, _ configuration: RunConfiguration) throws -> StepMeasurement
    {
        let trainer = try communicator.onAllRanks {
            try Trainer(
                configuration, task, from: nil, communicator: communicator, team: team, overlaps: overlaps,
                folder: nil, observer: nil)
        }
        return try trainer.measureSteps(seconds: seconds)
    }
}

extension Communicator {
    /// The sum of a measurement over all ranks, in their order.
    fileprivate func total(_ value: Double) throws -> Double { try allGather([value]).reduce(0) { $0 + $1[0] } }
}
