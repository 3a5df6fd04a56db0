import Configuration
import Diagnostics
import HDF5
import Tasks
import Training

/// Shows a run to people (progress line, epoch lines) and to programs (`metrics.jsonl`, SVG pictures, TensorBoard).
public final class RunReporter: TrainingObserver {
    private let folder: RunFolder
    private var log: MetricsLog?
    /// nil: not asked for.
    private var board: TensorBoardLog?
    private var incarnation: Incarnation?
    private var line: ProgressLine
    private var left: TimeLeft
    private let clock: () -> Double
    /// The newest step that was made.
    private var lastStep = 0
    private var epochs = 1
    private var logEverySteps = 1
    private var lossName = "loss_nats"
    private var predictedTokensPerSecond: Double?
    private var losses: (sum: Double, steps: Int, tokens: Int, seconds: Double) = (0, 0, 0, 0)

    /// - Parameter clock: Seconds.
    public init(folder: RunFolder, clock: @escaping () -> Double) {
        self.folder = folder
        self.clock = clock
        let isInteractive = Terminal.isInteractive(descriptor: 1)
        line = ProgressLine(
            style: isInteractive ? .rewritten : .plain(everySeconds: 10, everySteps: 100),
            columns: { Terminal.columns(descriptor: 1) },
            clock: clock, write: { Terminal.write($0, descriptor: 1) })
        left = TimeLeft(clock: clock)
    }

    /// Opens `metrics.jsonl`, in a folder that exists.
    ///
    /// - Parameters:
    ///   - step: Lines of later steps are dropped, since the run is about to write them again.
    ///   - incarnation: Pictures of a start that was overtaken replace none of the later one's.
    public func openLog(afterStep step: Int, _ incarnation: Incarnation?) throws {
        self.incarnation = incarnation
        let log = try MetricsLog(path: folder.metrics)
        try log.truncate(afterStep: step)
        self.log = log
    }

    public func notice(_ text: String) { line.print(text.withoutControls) }

    public func runStarted(_ run: RunDescription) {
        epochs = run.configuration.training.epochs
        logEverySteps = run.configuration.training.logEverySteps
        lossName = run.lossName
        lastStep = run.startStep
        predictedTokensPerSecond = run.predictedTokensPerSecond
        let ranks = "\(run.ranks.counted("rank")) × \(run.threads.counted("thread"))"
        let hosts = run.hosts.count > 1 ? " on \(run.hosts.count) hosts" : ""
        line.print(
            "\(Quantity.count(run.parameters)) parameters, \(run.stepsPerEpoch.counted("step")) an epoch, "
                + "\(ranks)\(hosts), about \(Quantity.bytes(run.memoryEstimate)) of memory a rank"
        )
        if run.startStep > 0 { line.print("going on after step \(run.startStep)") }
        if run.configuration.reporting.tensorboard {
            report {
                board = try TensorBoardLog(
                    folder: folder.path + "/tensorboard", host: run.hosts.first ?? "unknown", run.configuration,
                    afterStep: run.startStep)
            }
        }
        append(run.startLine(elapsedSeconds: clock()))
    }

    public func epochStarted(_ epoch: Int, steps: Int) { losses = (0, 0, 0, 0) }

    public func stepCompleted(_ step: StepReport) {
        lastStep = step.step
        losses.sum += step.loss
        losses.steps += 1
        losses.tokens += step.tokens
        losses.seconds += step.seconds
        let done = Double(step.epoch) + Double(step.stepInEpoch) / Double(step.stepsInEpoch)
        line.update(
            ProgressState(
                epoch: step.epoch + 1, epochs: epochs, step: step.stepInEpoch, steps: step.stepsInEpoch,
                tokensPerSecond: rate, loss: losses.sum / Double(losses.steps),
                secondsLeft: left.seconds(done: done, total: Double(epochs))))
        guard step.step % logEverySteps == 0 else { return }
        append([
            "event": "step", "epoch": .integer(step.epoch + 1), "step": .integer(step.step),
            lossName: .number(step.loss),
            "learning_rate": .number(step.learningRate), "gradient_norm": .number(step.gradientNorm),
            "tokens_per_second": .number(rate ?? .nan), "steps_left_out": .integer(step.stepsLeftOut),
            "elapsed_seconds": .number(clock()),
        ])
    }

    public func stepLeftOut(_ step: LeftOutStep) {
        line.print("warning: \(step.reason.withoutControls); the step is left out")
        append([
            "event": "step_left_out", "epoch": .integer(step.epoch + 1), "step": .integer(step.step),
            "reason": .string(step.reason), "steps_left_out": .integer(step.stepsLeftOut),
        ])
    }

    public func validated(_ metrics: TaskMetrics, epoch: Int, step: Int, seconds: Double) {
        var object: JSONObject = ["event": "validation", "epoch": .integer(epoch + 1), "step": .integer(step)]
        for value in metrics.values { object[value.name] = .number(value.value) }
        object["seconds"] = .number(seconds)
        append(object)
    }

    public func epochCompleted(_ epoch: EpochReport) {
        line.clear()
        for text in epoch.text(epochs: epochs, predictedTokensPerSecond: predictedTokensPerSecond) { line.print(text) }
        append(epoch.line(predictedTokensPerSecond: predictedTokensPerSecond, elapsedSeconds: clock()))
        if let classes = epoch.validation?.classesLine(epoch: epoch.epoch + 1, step: epoch.step) { append(classes) }
        report { try board?.add(epoch) }
        drawPictures(epoch)
    }

    public func checkpointWritten(_ path: String, step: Int, isBest: Bool, seconds: Double) {
        append([
            "event": "checkpoint", "step": .integer(step), "path": .string(path), "best": .bool(isBest),
            "seconds": .number(seconds), "elapsed_seconds": .number(clock()),
        ])
    }

    public func runEnded(_ outcome: TrainingOutcome) {
        line.clear()
        switch outcome {
        case .completed(let digest, let bestStep, let reason):
            if let reason { line.print("stopped early: \(reason)") }
            line.print("done: \(folder.path)\(bestStep.map { ", best after step \($0)" } ?? "")")
            line.print("digest \(digest)")
            appendEnd(
                "completed",
                [
                    "digest": .string(digest), "best_step": bestStep.map { .integer($0) } ?? .null,
                    "reason": reason.map { .string($0) } ?? .null,
                ])
        case .stopped(let checkpoint, let reason):
            line.print("stopped, since \(reason); go on with --resume (\(checkpoint))")
            appendEnd("stopped", ["reason": .string(reason)])
        }
        report { try log?.close() }
        report { try board?.close() }
    }

    /// Takes the progress line away before somebody says what went wrong.
    public func runFailed(_ error: any Error) {
        line.clear()
        appendEnd("failed", ["reason": .string("\(error)")])
    }

    private func appendEnd(_ outcome: String, _ facts: JSONObject) {
        var object: JSONObject = ["event": "end", "step": .integer(lastStep), "outcome": .string(outcome)]
        for (key, value) in facts.members { object[key] = value }
        object["elapsed_seconds"] = .number(clock())
        append(object)
    }

    private var rate: Double? { losses.seconds > 0 ? Double(losses.tokens) / losses.seconds : nil }

    private func drawPictures(_ epoch: EpochReport) {
        let training = epoch.history.map { (x: Double($0.epoch), y: $0.trainingLoss) }
        let validation = epoch.history.compactMap { record in
            record.validationLoss.map { (x: Double(record.epoch), y: $0) }
        }
        var series = [LossCurve.Series(name: "training", points: training)]
        if !validation.isEmpty { series.append(.init(name: "validation", points: validation)) }
        let curve = LossCurve(
            title: "Loss", xLabel: "epoch", yLabel: lossName == "loss_nats" ? "nats per target" : "loss", series: series
        )
        replace("loss.svg", curve.svg)
        if let confusion = epoch.validation?.confusion {
            let picture = ConfusionMatrixPicture(
                title: "Validation after epoch \(epoch.epoch + 1)", labels: confusion.labels, counts: confusion.counts)
            replace("confusion.svg", picture.svg)
        }
    }

    private func replace(_ name: String, _ picture: String) {
        report { try AtomicFile.write(picture, to: "\(folder.path)/\(name)") { try incarnation?.check() } }
    }

    private func append(_ object: JSONObject) {
        report { try log?.append(object) }
        report { try board?.add(object) }
    }

    /// Metrics and pictures are not worth a run: what fails is said once, and the run goes on.
    private func report(_ body: () throws -> Void) {
        do { try body() } catch {
            // A start that was overtaken ends at its next step, and says so then.
            if let incarnation, (try? incarnation.check()) == nil { return }
            if !hasFailed { line.print("warning: \(error); the run goes on without it") }
            hasFailed = true
        }
    }
    private var hasFailed = false
}
