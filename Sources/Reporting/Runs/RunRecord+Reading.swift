import Diagnostics
import Foundation
import HDF5
import Kernels
import Tasks
import Training

extension RunRecord {
    /// Reads a run's `metrics.jsonl` as far as it goes.
    ///
    /// - Parameter folder: Of the run.
    /// - Throws: `Diagnostic` where there is no run, or its metrics cannot be read.
    package init(folder: String) throws {
        var path = folder
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.init(of: path)
        let metrics = RunFolder(path).metrics
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Diagnostic(path, "there is no such folder", expected: "the folder of a run")
        }
        guard isFolder.boolValue else {
            throw Diagnostic(path, "is a file", expected: "the folder of a run, which holds metrics.jsonl")
        }
        guard FileManager.default.fileExists(atPath: metrics) else {
            let runs = Self.runs(in: path)
            throw Diagnostic(
                path, "this folder holds no metrics.jsonl", expected: "the folder of a run",
                hint: runs.isEmpty
                    ? "training writes one to its 'output'; a run that reads its data has none yet, and imported "
                        + "weights have none"
                    : "it holds runs; name one, such as \(runs[0])")
        }
        written = (try? FileManager.default.attributesOfItem(atPath: metrics))?[.modificationDate] as? Date ?? .now
        read(try SmallFile.read(metrics, atMost: Self.mostBytes))
    }

    /// Folders of runs in a folder, in order.
    private static func runs(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { "\(folder)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: RunFolder($0).metrics) }
    }

    /// A log of ten million steps.
    private static let mostBytes = 1 << 32

    /// Takes over the lines of a log.
    package mutating func read(_ log: [UInt8]) {
        for bytes in log.split(separator: UInt8(ascii: "\n")) {
            guard let line = LogLine(bytes) else {
                unreadableLines += 1
                continue
            }
            read(line)
        }
    }

    private mutating func read(_ line: LogLine) {
        let step = line.integer("step") ?? 0, epoch = line.integer("epoch") ?? 0
        switch line.text("event") {
        case "start":
            starts.append(Start(line, step: step))
            elapsed = []
            end = nil
        case "step":
            steps.append(Step(line, epoch: epoch, step: step))
        case "step_left_out":
            leftOut.append(LeftOut(epoch: epoch, step: step, reason: line.text("reason") ?? ""))
        case "validation":
            validations.append(
                Validation(
                    epoch: epoch, step: step, values: Self.metrics(line, besides: Self.ofEveryLine),
                    seconds: line.number("seconds")))
        case "epoch":
            epochs.append(Epoch(line, epoch: epoch, step: step))
        case "classes":
            classes = Classes(line, epoch: epoch)
        case "end":
            end = line.text("outcome").flatMap(End.Outcome.init).map {
                End(
                    outcome: $0, step: step, reason: line.text("reason"), digest: line.text("digest"),
                    bestStep: line.integer("best_step"))
            }
        default: break
        }
        if let seconds = line.number("elapsed_seconds") { elapsed.append(seconds) }
    }

    private static let ofEveryLine = ["event", "epoch", "step", "seconds", "elapsed_seconds"]

    /// Numbers whose names begin so, the best known ones first.
    fileprivate static func metrics(
        _ line: LogLine, prefix: String = "", besides others: [String] = []
    ) -> [TaskMetrics.Metric] {
        func place(_ name: String) -> Int { order.firstIndex(of: name) ?? order.count }
        let found = line.keys.filter { $0.hasPrefix(prefix) && !others.contains($0) }.compactMap { key in
            line.number(key).map { TaskMetrics.Metric(name: String(key.dropFirst(prefix.count)), value: $0) }
        }
        // Keys come in byte order, which stays among those of no place of their own.
        return found.enumerated().sorted { (place($0.1.name), $0.0) < (place($1.1.name), $1.0) }.map(\.1)
    }

    private static let order = [
        "loss_nats", "loss", "accuracy", "macro_f1", "f1", "perplexity", "bits_per_character", "bleu", "mae", "rmse",
        "mase",
    ]
}

extension RunRecord.Start {
    fileprivate init(_ line: LogLine, step: Int) {
        let configuration = line.line("configuration")
        self.init(
            step: step, ranks: line.integer("ranks"), threads: line.integer("threads"),
            parameters: line.integer("parameters"), memoryEstimate: line.integer("memory_estimate_bytes"),
            time: line.text("time"), hosts: line.texts("hosts"), processor: line.text("processor"),
            loss: line.text("loss"), epochs: line.integer("epochs"), stepsPerEpoch: line.integer("steps_per_epoch"),
            elapsed: line.number("elapsed_seconds"),
            configuration: configuration.map { keys in
                keys.keys.compactMap { key in keys.text(key).map { (key, $0) } }
            } ?? [])
    }
}

extension RunRecord.Step {
    fileprivate init(_ line: LogLine, epoch: Int, step: Int) {
        self.init(
            epoch: epoch, step: step, loss: line.number("loss_nats") ?? line.number("loss"),
            learningRate: line.number("learning_rate"), gradientNorm: line.number("gradient_norm"),
            tokensPerSecond: line.number("tokens_per_second"))
    }
}

extension RunRecord.Epoch {
    fileprivate init(_ line: LogLine, epoch: Int, step: Int) {
        let phases = line.line("phase_seconds")
        self.init(
            epoch: epoch, step: step, training: RunRecord.metrics(line, prefix: "training_"),
            validation: RunRecord.metrics(line, prefix: "validation_"), learningRate: line.number("learning_rate"),
            tokens: line.integer("tokens"), paddingAvoided: line.integer("padding_avoided_tokens"),
            tokenImbalance: line.number("token_imbalance"), bytesSentPerStep: line.integer("bytes_sent_per_step"),
            seconds: line.number("seconds"), tokensPerSecond: line.number("tokens_per_second"),
            stepsLeftOut: line.integer("steps_left_out"),
            phases: StepPhase.ofSteps.compactMap { phase in
                let seconds = phases?.numbers(phase.key) ?? []
                // No sum of such times is beyond what a picture can show.
                return seconds.isEmpty || !seconds.allSatisfy { 0..<1e12 ~= $0 } ? nil : (phase.key, seconds)
            })
    }
}

extension RunRecord.Classes {
    /// More make a matrix that nobody can look at, and that a few bytes of a file could make fill any memory.
    private static let mostClasses = 1000

    fileprivate init(_ line: LogLine, epoch: Int) {
        let labels = line.texts("labels")
        self.epoch = epoch
        if !labels.isEmpty, labels.count <= Self.mostClasses {
            var counts = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
            for cell in line.rows("confusions")
            where cell.count == 3 && labels.indices.contains(cell[0]) && labels.indices.contains(cell[1])
                && cell[2] > 0
            {
                counts[cell[0]][cell[1]] = cell[2]
            }
            confusion = ConfusionMatrix(labels: labels, counts: counts)
        }
        spans = line.lines("spans").compactMap { span in
            span.text("type").map { type in
                Span(
                    type: type, precision: span.number("precision"), recall: span.number("recall"),
                    f1: span.number("f1"), expected: span.integer("expected") ?? 0, found: span.integer("found") ?? 0,
                    correct: span.integer("correct") ?? 0)
            }
        }
    }
}
