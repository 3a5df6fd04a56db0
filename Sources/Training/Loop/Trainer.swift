import Configuration
import Diagnostics
import Kernels
import MessagePassing
import Optimization
import RecurrentNetworks
import SequenceData
import Synchronization
import Tasks

/// Trains a task: for every minibatch gradients on each rank, their sum over all shards, one optimizer step.
///
/// All ranks make the same calls in the same order. What depends on clock, signal or disk is decided on
/// rank 0 and travels with the step's counts.
public final class Trainer<Task: SequenceTask> {
    let configuration: RunConfiguration
    let task: Task
    package let optimizer: Optimizer
    package var state: TrainingState
    var schedule: LearningRateSchedule
    let reducer: GradientReducer
    let communicator: Communicator
    /// Nil on ranks other than 0.
    let observer: (any TrainingObserver)?
    /// Nil: nothing is written.
    let folder: RunFolder?
    let receipt: Checkpoint.Receipt
    let team: ThreadTeam
    private let gradients: Gradients<Float>
    /// Carried states as they were before the step; nil: the task carries none.
    private let carriedBefore: Matrix<Float>?
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private let maxMinutes: Double?
    var lastCheckpoint: ContinuousClock.Instant
    /// Nil on ranks other than 0.
    let writer: CheckpointWriter?
    var newestCheckpoint = ""
    private let incarnation: Incarnation?
    private var lastIncarnationCheck: ContinuousClock.Instant
    /// Tokens of the current epoch that this process has seen.
    private var epochTokens = 0
    /// Of the epoch's last step, while it is reported.
    private var lastGradient: ParameterValues?

    /// - Parameters:
    ///   - checkpoint: To go on from; nil: a fresh start.
    ///   - overlaps: Whether a thread sums gradients over the ranks while others are computed.
    ///   - share: The rank whose part of the work to do, to measure it; nil: this one's, with all sums over ranks.
    ///   - folder: To write checkpoints to; nil: none are written.
    ///   - incarnation: Of this start, on rank 0; nil: nobody else may be writing to the folder.
    ///   - maxMinutes: Stop with a checkpoint after so many minutes.
    public init(
        _ configuration: RunConfiguration, _ task: Task, from checkpoint: StoredCheckpoint?, communicator: Communicator,
        team: ThreadTeam, overlaps: Bool = false, share: RankShare? = nil, folder: RunFolder?,
        incarnation: Incarnation? = nil,
        receipt: Checkpoint.Receipt = Checkpoint.Receipt(lines: []), maxMinutes: Double? = nil,
        observer: (any TrainingObserver)?
    ) throws {
        self.configuration = configuration
        self.task = task
        self.communicator = communicator
        self.team = team
        self.folder = folder
        self.incarnation = incarnation
        self.receipt = receipt
        self.maxMinutes = maxMinutes
        self.observer = communicator.rank == 0 ? observer : nil
        let layout = task.parameters.layout
        reducer = try GradientReducer(
            communicator, shards: configuration.training.shards, layout, wire: configuration.training.wire,
            overlaps: overlaps, share: share)
        optimizer = Optimizer(configuration.training.optimizer, layout)
        gradients = Gradients(layout, subtrees: reducer.subtrees.ranges.count)
        carriedBefore = task.carriedState.map { Matrix(rows: $0.rows.rows, columns: $0.rows.columns) }
        schedule = LearningRateSchedule(configuration.training)
        let zeros = Totals(
            sums: [Double](repeating: 0, count: task.totalsShape.sums),
            counts: [Int64](repeating: 0, count: task.totalsShape.counts))
        begin = clock.now
        (lastCheckpoint, lastIncarnationCheck) = (begin, begin)
        writer = communicator.rank == 0
            ? folder.map { CheckpointWriter($0.checkpoints, keep: configuration.checkpoint.keep, incarnation) } : nil
        if let checkpoint {
            state = try checkpoint.restore(task.parameters, optimizer, totals: zeros, carried: task.carriedState)
            schedule.plateau = state.plateau
        } else {
            state = TrainingState(epochTotals: zeros)
            task.parameters.initialize(seed: configuration.seed)
        }
        task.parametersChanged()
    }

    /// - Parameter end: Where to stop, without a checkpoint, before all epochs are done; nil: nowhere.
    public func run(until end: RunPosition? = nil) throws -> TrainingOutcome {
        // Whatever happens: what was begun to be written is.
        defer { writer?.finish() }
        prepareCheckpoints()
        try requireSoundState()
        training: while state.epoch < configuration.training.epochs && !hasStoppedEarly && state.position != end {
            let plan = task.trainingPlan(epoch: state.epoch)
            observer?.epochStarted(state.epoch, steps: plan.stepCount)
            let started = clock.now
            epochTokens = 0
            var time = RankTime()
            while state.stepInEpoch < plan.stepCount {
                if state.position == end { break training }
                team.clock.start()
                let wishes = try takeStep(plan)
                time.add(team.clock.stop())
                let atEnd = state.stepInEpoch == plan.stepCount
                // Whatever is reported of a step comes before its checkpoint: a run that goes on from there does not
                // repeat it.
                if let every = configuration.training.validateEverySteps, optimizer.step % every == 0, !atEnd,
                    !wishes.isLeftOut
                {
                    try validate()
                }
                if let reason = wishes.stop, !atEnd {
                    return .stopped(checkpoint: try keepCheckpoint(), reason: reason)
                }
                if wishes.checkpoint && !atEnd { try takeCheckpoint(isBest: false) }
                if optimizer.step % configuration.training.digestEverySteps == 0 && !wishes.isLeftOut {
                    try requireSoundState()
                }
                try reportCheckpoints()
            }
            try completeEpoch(plan, seconds: seconds(since: started), time.ofAllRanks(communicator))
            if let reason = try agreedStop(), state.epoch < configuration.training.epochs, !hasStoppedEarly {
                try reportCheckpoints(finishing: true)
                return .stopped(checkpoint: folder?.checkpoints.path ?? "", reason: reason)
            }
        }
        try reportCheckpoints(finishing: true)
        return .completed(
            digest: try agreedDigest(), bestStep: state.stopping.best == nil ? nil : state.stopping.bestStep,
            stoppedEarly: hasStoppedEarly && state.epoch < configuration.training.epochs
                ? "validation has not improved for \(state.stopping.waited.counted("validation"))" : nil)
    }

    /// What the ranks agreed on beside a step.
    struct Wishes {
        var stop: String?
        var checkpoint = false
        /// The step was not made.
        var isLeftOut = false
    }

    /// One minibatch: gradients, reduction, update.
    @discardableResult
    func takeStep(_ plan: EpochPlan) throws -> Wishes {
        let started = clock.now
        team.clock.enter(.data)
        let batch = task.trainingBatch(
            plan, step: state.stepInEpoch, shards: reducer.shards, subtrees: reducer.subtrees)
        let rowsRead = task.rowsRead(batch)
        team.clock.enter(.optimizer)
        for (table, rows) in rowsRead.enumerated() where task.parameters.layout.tables[table].isTrained {
            optimizer.bringCurrent(table: table, task.parameters.tables[table], ids: rows)
        }
        team.clock.enter(.other)
        let present = plan.presentShards(step: state.stepInEpoch)
        reducer.begin(gradients, present: present)
        if let carried = task.carriedState { carriedBefore?.take(carried.rows) }
        let own = !batch.isEmpty
            ? task.gradients(batch, optimizerStep: optimizer.step, into: gradients)
            : ShardTotals(shards: [], sums: [], counts: [Int64](repeating: 0, count: task.totalsShape.counts))

        team.clock.enter(.reduction)
        try reducer.finishEarlySums()

        // Comes back when the slowest rank is there.
        team.clock.enter(.waiting)
        let isTrained = task.parameters.layout.tables.map(\.isTrained)
        let touched = reducer.touchedRows(gradients, present: present, isTrained: isTrained)
        let summary = try reducer.summarize(
            own, width: task.totalsShape.sums, counts: own.counts + ownWishes(), rowCounts: touched.map(\.count),
            present: present)
        let sums = summary.sums, counts = summary.counts
        team.clock.enter(.reduction)
        let reduced = try reducer.reduce(
            gradients, touched: touched, rowCounts: summary.rowCounts, present: present, isTrained: isTrained,
            sharing: optimizer.rowsDrift ? task.parameters.tables : nil)

        team.clock.enter(.optimizer)
        for (table, current) in reduced.values.enumerated() {
            for rows in current { optimizer.adopt(table: table, task.parameters.tables[table], rows) }
        }
        // A minibatch of classes with weight 0 has neither loss nor gradient.
        let weight = sums[1]
        guard sums[0].isFinite, let norm = gradientNorm(reduced, weight: weight) else {
            try leaveOut(plan, reduced)
            return wishes(Array(counts[task.totalsShape.counts...].prefix(3)), isLeftOut: true)
        }
        state.leftOut.inARow = 0
        let clipping = configuration.training.clipNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        let learningRate =
            schedule.learningRate(step: optimizer.step, epoch: state.epoch, stepsPerEpoch: plan.stepCount)
            * plan.learningRateFactor(step: state.stepInEpoch)
        optimizer.update(
            dense: task.parameters.dense, gradient: reduced.dense, tables: task.parameters.tables,
            tableGradients: reduced.tables,
            scale: weight > 0 ? clipping / weight : 0, learningRate: learningRate, team: team)
        if observer != nil, state.stepInEpoch + 1 == plan.stepCount {
            lastGradient = ParameterValues(reduced, task.parameters.layout, weight: weight)
        }
        team.clock.enter(.packing)
        task.parametersChanged()
        team.clock.enter(.other)

        team.clock.step.store(optimizer.step, ordering: .relaxed)
        try checkIncarnation()
        state.stepInEpoch += 1
        let taskCounts = task.totalsShape.counts
        for (i, sum) in sums.enumerated() { state.epochTotals.sums[i] += sum }
        for i in 0..<taskCounts { state.epochTotals.counts[i] += counts[i] }
        epochTokens += Int(counts[1])
        observer?.stepCompleted(
            StepReport(
                epoch: state.epoch, stepInEpoch: state.stepInEpoch, stepsInEpoch: plan.stepCount, step: optimizer.step,
                loss: weight > 0 ? sums[0] / weight : 0, learningRate: learningRate, gradientNorm: norm,
                tokens: Int(counts[1]),
                seconds: seconds(since: started), stepsLeftOut: state.leftOut.total))
        return wishes(Array(counts[taskCounts..<taskCounts + 3]))
    }

    /// The norm of the mean gradient; nil: it is not finite.
    private func gradientNorm(_ reduced: GradientReducer.Reduced, weight: Double) -> Double? {
        // What lies behind the dense parameters belongs to tables.
        var square = squaredNorm(reduced.dense, 0..<task.parameters.dense.count)
        for stretch in task.parameters.layout.doubled { square += squaredNorm(reduced.dense, stretch) }
        for case let table? in reduced.tables {
            let first = table.rows.offset
            square += squaredNorm(table.rows.storage, first..<first + table.ids.count * table.rows.columns)
        }
        guard square.isFinite else { return nil }
        return weight > 0 ? square.squareRoot() / weight : 0
    }

    /// Takes back what the forward pass of a step has changed.
    func takeBackCarriedState() {
        if let carried = task.carriedState { carriedBefore.map(carried.rows.take) }
    }

    /// Signals at this rank, and on rank 0 the clock: stop by signal, stop by clock, checkpoint.
    private func ownWishes() -> [Int64] {
        let isFirst = communicator.rank == 0
        let timeIsUp = isFirst && maxMinutes.map { seconds(since: begin) >= $0 * 60 } ?? false
        let isDue =
            isFirst && configuration.checkpoint.everyMinutes.map { seconds(since: lastCheckpoint) >= $0 * 60 } ?? false
        return [StopRequest.isSignalled ? 1 : 0, timeIsUp ? 1 : 0, isDue ? 1 : 0]
    }

    private func wishes(_ flags: [Int64], isLeftOut: Bool = false) -> Wishes {
        let isDue = !isLeftOut && configuration.checkpoint.everySteps.map { optimizer.step % $0 == 0 } ?? false
        let reason = flags[0] > 0 ? "a signal asked for it" : flags[1] > 0 ? "the time is up" : nil
        return Wishes(stop: reason, checkpoint: flags[2] > 0 || isDue, isLeftOut: isLeftOut)
    }

    private func agreedStop() throws -> String? {
        var flags = ownWishes()
        try reducer.reduce(counts: &flags)
        return wishes(flags).stop
    }

    /// Ends this start of the run where a later one has taken over its folder; looks every second, before anything
    /// is reported.
    private func checkIncarnation() throws {
        guard let incarnation, seconds(since: lastIncarnationCheck) > 1 else { return }
        lastIncarnationCheck = clock.now
        try incarnation.check()
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = (clock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}

extension Trainer {
    func makeRowsCurrent() {
        for (number, table) in task.parameters.tables.enumerated() where task.parameters.layout.tables[number].isTrained
        {
            optimizer.bringCurrent(table: number, table, ids: nil)
        }
    }

    /// Validates and reports.
    @discardableResult
    private func validate() throws -> TaskMetrics? {
        makeRowsCurrent()
        let started = ContinuousClock.now
        exchangeAverages()
        defer { exchangeAverages() }
        let metrics = try Evaluator(task: task, reducer: reducer).validate()
        if let metrics {
            observer?.validated(metrics, epoch: state.epoch, step: optimizer.step, seconds: seconds(since: started))
        }
        return metrics
    }

    /// Averaged SGD is evaluated by its averages, and goes on with its values: the second call gives them back.
    private func exchangeAverages() {
        guard optimizer.hasAverages else { return }
        let layout = task.parameters.layout
        optimizer.exchangeAverages(
            dense: task.parameters.dense, tables: task.parameters.tables, isTrained: layout.tables.map(\.isTrained))
        task.parametersChanged()
    }

    /// Begins to average when the newest epochs' losses are all worse than an earlier one's.
    ///
    /// - Source: NT-ASGD, Merity, Keskar & Socher 2018, algorithm 1.
    private func watchForAveraging(_ loss: Double?) {
        guard optimizer.rule == .averagedSGD, optimizer.averagingSince == nil, let loss else { return }
        let earlier = state.history.compactMap(\.validationLoss).dropLast(
            configuration.training.optimizer.triggerEpochs)
        guard let best = earlier.min(), loss > best else { return }
        optimizer.averagingSince = optimizer.step
        observer?.notice("validation no longer improves: from here on weights are averaged")
    }

    private var watched: TrainingConfiguration.Watched { configuration.training.earlyStopping?.metric ?? .loss }

    private var hasStoppedEarly: Bool {
        configuration.training.earlyStopping.map { state.stopping.waited >= $0.patience } ?? false
    }

    /// Validation, schedule, early stopping, history and the epoch's checkpoint.
    private func completeEpoch(_ plan: EpochPlan, seconds: Double, _ nanoseconds: [[UInt64]]) throws {
        let training = task.metrics(state.epochTotals)
        let validation = try validate()
        let judged = validation ?? training
        if let value = judged[Task.metricName(configuration.training.schedule.metric)] {
            let metric = configuration.training.schedule.metric
            if schedule.observe(value, isBetter: { metric.isBetter($0, $1, by: 0) }) {
                observer?.notice("no improvement: the learning rate falls")
            }
        }
        watchForAveraging(validation?["loss_nats"])
        var isBest = false
        if let value = judged[Task.metricName(watched)] {
            let delta = configuration.training.earlyStopping?.minDelta ?? 0
            isBest = watched.isBetter(value, state.stopping.best, by: delta)
            if isBest {
                state.stopping = StoppingState()
                state.stopping.best = value
                state.stopping.bestStep = optimizer.step
            } else {
                state.stopping.waited += 1
            }
        }
        state.history.append(
            EpochRecord(
                epoch: state.epoch + 1, step: optimizer.step, training: training.values,
                validation: validation?.values ?? []))
        observer?.epochCompleted(
            EpochReport(
                epoch: state.epoch, step: optimizer.step, training: training, validation: validation,
                plan: plan.statistics,
                tokens: epochTokens, seconds: seconds, nanoseconds: nanoseconds,
                balance: RankBalance(nanoseconds: nanoseconds),
                learningRate: schedule.learningRate(
                    step: optimizer.step, epoch: state.epoch, stepsPerEpoch: plan.stepCount),
                truncation: configuration.training.truncation.flatMap { steps in
                    task.trainingExamples(longerThan: steps).map {
                        TruncationReport(steps: steps, sequences: $0, total: plan.statistics.examples)
                    }
                }, bytesSentPerStep: optimizer.step == 0 ? 0 : reducer.bytesSent / optimizer.step,
                stepsLeftOut: state.leftOut.total, history: state.history,
                weights: ParameterValues(task.parameters), gradient: lastGradient))
        lastGradient = nil
        state.epoch += 1
        state.stepInEpoch = 0
        state.epochTotals = Totals(
            sums: state.epochTotals.sums.map { _ in 0 }, counts: state.epochTotals.counts.map { _ in 0 })
        try takeCheckpoint(isBest: isBest)
    }
}
