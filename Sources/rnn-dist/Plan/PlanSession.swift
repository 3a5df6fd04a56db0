import Configuration
import ContentDigest
import Diagnostics
import Kernels
import MessagePassing
import Optimization
import Tasks
import Training

/// Measures what a rank does for itself, at the share of the work that it would have among so many; every rank of the
/// measurement calls it.
struct PlanSession {
    let communicator: Communicator
    let team: ThreadTeam
    let name: String
    let configuration: RunConfiguration
    /// Reads or makes the data.
    let makeTask: (RunConfiguration) throws -> any SequenceTask
    let links: Links
    let isLocalMeasured: Bool
    let network: NetworkSpeed?
    /// For each number of ranks.
    let seconds: Double
    let overlap: OverlapOption

    /// - Parameter counts: Numbers of ranks, rising.
    func plan(_ counts: [Int]) throws -> RunPlan {
        var shards = configuration.training.shards
        var task = try communicator.onAllRanks { try makeTask(configuration) }
        var plan = head(task)
        var alone: Double?
        for ranks in ([1] + counts.filter { $0 > 1 }) {
            while shards < ranks { shards *= 2 }
            var own = configuration
            own.training.shards = shards
            if task.configuration.training.shards != shards { task = try communicator.onAllRanks { try makeTask(own) } }
            let run = try self.run(task, own, ranks: ranks, alone: alone)
            if ranks == 1 { alone = run.tokensPerSecond }
            if counts.contains(ranks) { plan.runs.append(run) }
        }
        return plan
    }

    private func head(_ task: any SequenceTask) -> RunPlan {
        let layout = task.parameters.layout, epoch = task.trainingPlan(epoch: 0), statistics = epoch.statistics
        let steps = max(1, epoch.stepCount)
        // Of streams every step has all of them.
        let examples = epoch.windows.isEmpty ? statistics.examples / steps : statistics.examples
        let tokens = statistics.tokens / steps
        return RunPlan(
            name: name, configurationDigest: configuration.planDigest, batchSize: configuration.training.batchSize,
            parameters: layout.count,
            checkpointBytes: CheckpointSize.bytes(
                configuration, layout, artifacts: task.artifacts, carried: task.carriedState),
            threads: team.count, tokensPerEpoch: statistics.tokens, stepsPerEpoch: epoch.stepCount,
            operations: StepCost.operations(configuration, layout, examples: examples, tokens: tokens),
            parameterBytes: StepCost.parameterBytes(
                configuration, layout, examples: examples, tokens: tokens, steps: 1),
            network: network, ranksPerHost: links.ranksPerHost, measuringRanks: communicator.size,
            isLocalMeasured: isLocalMeasured)
    }

    private func run<Task: SequenceTask>(
        _ task: Task, _ configuration: RunConfiguration, ranks: Int, alone: Double?
    ) throws -> RunPlan.Run {
        let layout = task.parameters.layout, epoch = task.trainingPlan(epoch: 0)
        let memory = try communicator.onAllRanks {
            try MemoryEstimate(
                ofRank: 0, of: ranks, layout, epoch, validation: task.validationPlan, configuration,
                writesCheckpoints: true)
        }
        let hosts = links.hosts(ranks)
        var model = StepModel(
            ranks: ranks, shards: configuration.training.shards, wire: configuration.training.wire, layout: layout,
            tokens: Double(epoch.statistics.tokens) / Double(max(1, epoch.stepCount)),
            measured: try measure(task, configuration, ranks: ranks), imbalance: epoch.rankImbalance(ranks: ranks),
            totals: task.totalsShape, sharesValues: sharesValues(configuration), overlaps: false)
        model.hasSpareCore = links.ranksPerHost * team.count < ProcessorFacts.ownCores.launcher.count
        model.overlaps = overlap.overlap ?? (hosts > 1 || model.hasSpareCore)
        let step = model.prediction(links), tokensPerSecond = model.tokens / step.seconds
        var run = RunPlan.Run(
            ranks: ranks, hosts: hosts, shards: configuration.training.shards, memory: memory.total,
            bytesSent: model.bytesSent, step: step, tokensPerSecond: tokensPerSecond,
            efficiency: tokensPerSecond / (Double(ranks) * (alone ?? tokensPerSecond)),
            epochSeconds: Double(epoch.stepCount) * step.seconds,
            advice: PlanAdvice.lines(
                model, links, batchSize: configuration.training.batchSize, shards: self.configuration.training.shards))
        run.processorShare = model.measured.processorShare
        return run
    }

    /// Whether ranks send each other the values of rows: those of a rule under which rows drift.
    private func sharesValues(_ configuration: RunConfiguration) -> Bool {
        Optimizer(configuration.training.optimizer, denseCount: 0, tables: []).rowsDrift
    }

    /// As many ranks as there are of the run, or of this measurement, work at the same time; the others sleep.
    private func measure<Task: SequenceTask>(
        _ task: Task, _ configuration: RunConfiguration, ranks: Int
    ) throws -> ShareMeasurement {
        let workers = min(ranks, communicator.size), tables = task.parameters.layout.tables.count
        try communicator.barrierAsleep()
        let result = Result { () throws -> ShareMeasurement in
            guard communicator.rank < workers else { return ShareMeasurement(tables: tables) }
            let share = RankShare(rank: communicator.rank * ranks / workers, of: ranks)
            return try Trainer(
                configuration, task, from: nil, communicator: communicator, team: team, share: share, folder: nil,
                observer: nil
            ).measureShare(seconds: seconds)
        }
        try communicator.barrierAsleep()
        let own = try communicator.onAllRanks { try result.get() }
        let all = try communicator.allGather(own.numbers).prefix(workers).map {
            ShareMeasurement(numbers: $0, tables: tables)
        }
        return ShareMeasurement(meanOf: all)
    }
}

extension RunConfiguration {
    /// SHA-256 of every key but that of the folder, as hex text.
    package var planDigest: String {
        let text = flattened.filter { $0.key != "output" }.map { "\($0.key)=\($0.value)\n" }.joined()
        return (try? SHA256Digest(of: Array(text.utf8)).description) ?? ""
    }
}
