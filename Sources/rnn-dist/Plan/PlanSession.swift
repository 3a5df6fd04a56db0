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
        let hasOwnPlacement = try communicator.allGather([isPlacedAsPlanned ? 1 : 0]).allSatisfy { $0 == [1] }
        let several = counts.contains { $0 > 1 }, tried = several && hasOwnPlacement ? communicator.size : 1
        var models: [(model: StepModel, memory: Int)] = [], beyond = 0.0
        for ranks in Set(counts + [1, tried]).sorted() {
            while shards < ranks { shards *= 2 }
            var own = configuration
            own.training.shards = shards
            if task.configuration.training.shards != shards { task = try communicator.onAllRanks { try makeTask(own) } }
            let model = try model(task, own, ranks: ranks)
            if ranks == tried, ranks > 1 { beyond = try realSeconds(task, own) - model.prediction(links).seconds }
            models.append((model, try memory(task, own, ranks: ranks)))
        }
        let alone = models[0].model
        for (var model, memory) in models where counts.contains(model.ranks) {
            model.beyond = beyond
            plan.runs.append(run(model, memory: memory, steps: plan.stepsPerEpoch, alone: alone))
        }
        return plan
    }

    /// Whether the runs that are planned have as many ranks on a host as this one.
    private var isPlacedAsPlanned: Bool { communicator.ranksOnThisHost.count == links.ranksPerHost }

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

    private func model<Task: SequenceTask>(
        _ task: Task, _ configuration: RunConfiguration, ranks: Int
    ) throws -> StepModel {
        let epoch = task.trainingPlan(epoch: 0)
        var model = StepModel(
            ranks: ranks, shards: configuration.training.shards, wire: configuration.training.wire,
            layout: task.parameters.layout, tokens: Double(epoch.statistics.tokens) / Double(max(1, epoch.stepCount)),
            measured: try measure(task, configuration, ranks: ranks), imbalance: epoch.rankImbalance(ranks: ranks),
            totals: task.totalsShape, sharesValues: sharesValues(configuration), overlaps: false)
        model.hasSpareCore = links.ranksPerHost * team.count < ProcessorFacts.ownCores.launcher.count
        model.overlaps = overlap.overlap ?? (links.hosts(ranks) > 1 || model.hasSpareCore)
        return model
    }

    /// Bytes that rank 0 takes.
    private func memory(_ task: any SequenceTask, _ configuration: RunConfiguration, ranks: Int) throws -> Int {
        try communicator.onAllRanks {
            try MemoryEstimate(
                ofRank: 0, of: ranks, task.parameters.layout, task.trainingPlan(epoch: 0),
                validation: task.validationPlan, configuration, writesCheckpoints: true
            ).total
        }
    }

    /// What a step of all ranks of this measurement takes, messages and all.
    private func realSeconds<Task: SequenceTask>(_ task: Task, _ configuration: RunConfiguration) throws -> Double {
        let overlaps = overlap.overlaps(communicator, threads: team.count, cores: try communicator.ownThreads())
        let trainer = try communicator.onAllRanks {
            try Trainer(
                configuration, task, from: nil, communicator: communicator, team: team, overlaps: overlaps, folder: nil,
                observer: nil)
        }
        let measured = try trainer.measureSteps(seconds: seconds)
        return measured.seconds / Double(max(1, measured.steps))
    }

    /// - Parameter alone: Of one rank.
    private func run(_ model: StepModel, memory: Int, steps: Int, alone: StepModel) -> RunPlan.Run {
        let step = model.prediction(links), tokensPerSecond = model.tokens / step.seconds
        let single = alone.prediction(links)
        var run = RunPlan.Run(
            ranks: model.ranks, hosts: links.hosts(model.ranks), shards: model.shards, memory: memory,
            bytesSent: model.bytesSent, step: step, tokensPerSecond: tokensPerSecond,
            efficiency: tokensPerSecond * single.seconds / (Double(model.ranks) * alone.tokens),
            epochSeconds: Double(steps) * step.seconds,
            advice: PlanAdvice.lines(
                model, links, batchSize: configuration.training.batchSize, shards: configuration.training.shards))
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
        let own = try communicator.onAllRanks {
            // What goes wrong in one rank's share alone was not agreed on.
            do { return try result.get() } catch let failure as AgreedFailure {
                throw Diagnostic(name, failure.message, category: failure.category)
            }
        }
        let times = try communicator.allGather(own.stepSeconds)
        let all = zip(try communicator.allGather(own.numbers), times).prefix(workers).map { numbers, times in
            var share = ShareMeasurement(numbers: numbers, tables: tables)
            share.stepSeconds = times
            return share
        }
        return ShareMeasurement(meanOf: all)
    }
}

extension RunConfiguration {
    /// SHA-256 of every key that may change the speed of steps, as hex text.
    package var planDigest: String {
        let sections = ["checkpoint.", "reporting."]
        let text = flattened.filter { key, _ in
            !["output", "seed", "training.epochs"].contains(key) && !sections.contains { key.hasPrefix($0) }
        }.map { "\($0.key)=\($0.value)\n" }.joined()
        return (try? SHA256Digest(of: Array(text.utf8)).description) ?? ""
    }
}
