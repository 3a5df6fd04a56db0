import Configuration
import HDF5
import Kernels
import Optimization
import RecurrentNetworks
import Tasks

/// Everything needed to go on, to evaluate and to predict, as one HDF5 document.
public enum Checkpoint {
    public static let formatVersion = 1

    /// Where a checkpoint comes from: not part of the state, for people and for `verify`.
    public struct Receipt: Sendable {
        /// Plain lines, one a fact.
        public var lines: [String]

        public init(lines: [String]) { self.lines = lines }
    }

    /// Builds the document in memory.
    ///
    /// - Parameters:
    ///   - parameters: Tables must be current.
    ///   - digest: The state's digest, as hex text.
    package static func image(
        subject: String, _ configuration: RunConfiguration, _ parameters: Parameters<Float>, _ optimizer: Optimizer,
        _ state: TrainingState, artifacts: [TaskArtifact], digest: String, carried: CarriedState?,
        receipt: Receipt
    ) throws -> FileBytes {
        let file = try HDF5File.inMemory(subject)
        try file.setAttribute("format_version", of: "", to: formatVersion)
        try file.setAttribute("task", of: "", to: configuration.task)
        try file.setAttribute("step", of: "", to: optimizer.step)
        try file.setAttribute("epoch", of: "", to: state.epoch)
        try file.setAttribute("digest", of: "", to: digest)
        try file.write(configuration.yaml(comments: false), to: "configuration")
        try file.write(receipt.lines, to: "receipt")
        for artifact in artifacts { try file.write(artifact.texts, to: "artifacts/\(artifact.name)") }
        try writeWeights(parameters, optimizer, to: file)
        try writeState(state, to: file)
        if optimizer.rule == .averagedSGD {
            try file.write([Int64(optimizer.averagingSince ?? -1)], to: "state/averaging")
        }
        if let rows = carried?.rows {
            try file.write(rows.storage.elements, to: "state/carried", shape: [rows.rows, rows.columns])
        }
        let image = try file.image()
        try file.close()
        return image
    }

    private static func writeWeights(_ parameters: Parameters<Float>, _ optimizer: Optimizer, to file: HDF5File) throws
    {
        let names = optimizer.momentNames
        for slice in parameters.layout.dense {
            func write(_ buffer: AlignedBuffer<Float>, _ path: String) throws {
                let values = slice.load(from: buffer).storage
                try withExtendedLifetime(values) { try file.write(values.elements, to: path, shape: slice.shape) }
            }
            try write(parameters.dense, "weights/\(slice.name)")
            if let note = slice.note { try file.setAttribute("layout", of: "weights/\(slice.name)", to: note) }
            if let first = optimizer.denseMoments.first { try write(first, "optimizer/\(slice.name)/\(names.first)") }
            if let second = optimizer.denseMoments.second {
                try write(second, "optimizer/\(slice.name)/\(names.second)")
            }
        }
        for (number, slice) in parameters.layout.tables.enumerated() {
            let shape = [slice.rows, slice.width]
            try file.write(parameters.tables[number].storage.elements, to: "weights/\(slice.name)", shape: shape)
            if let note = slice.note { try file.setAttribute("layout", of: "weights/\(slice.name)", to: note) }
            guard slice.isTrained else { continue }
            let table = optimizer.tables[number]
            // A row's moments are as of its own step; `power[k]` of the steps since then is still to be applied.
            for case (let name, let moment?) in [
                (names.first, table.moments.first), (names.second, table.moments.second),
            ] {
                try file.write(moment.elements, to: "optimizer/\(slice.name)/\(name)", shape: shape)
            }
            try file.write(table.momentStep.elements, to: "optimizer/\(slice.name)/moment_step", shape: [slice.rows])
        }
    }

    private static func writeState(_ state: TrainingState, to file: HDF5File) throws {
        try file.write([Int64(state.epoch), Int64(state.stepInEpoch)], to: "state/position")
        try file.write(state.epochTotals.sums, to: "state/epoch_sums")
        try file.write(state.epochTotals.counts, to: "state/epoch_counts")
        try file.write(
            [state.plateau.factor, state.plateau.best ?? .nan, Double(state.plateau.waited)], to: "state/plateau")
        try file.write(
            [state.stopping.best ?? .nan, Double(state.stopping.bestStep), Double(state.stopping.waited)],
            to: "state/stopping")
        if state.leftOut != LeftOutSteps() {
            try file.write([Int64(state.leftOut.total), Int64(state.leftOut.inARow)], to: "state/steps_left_out")
        }
        try writeHistory(state.history, to: file)
    }

    /// A row an epoch; NaN where an epoch lacks a metric.
    private static func writeHistory(_ history: [EpochRecord], to file: HDF5File) throws {
        var training: [String] = [], validation: [String] = []
        for record in history {
            for metric in record.training where !training.contains(metric.name) { training.append(metric.name) }
            for metric in record.validation where !validation.contains(metric.name) { validation.append(metric.name) }
        }
        func value(_ name: String, _ metrics: [TaskMetrics.Metric]) -> Double {
            metrics.first { $0.name == name }?.value ?? .nan
        }
        let rows = history.flatMap { record in
            [Double(record.epoch), Double(record.step)] + training.map { value($0, record.training) }
                + validation.map { value($0, record.validation) }
        }
        let columns = ["epoch", "step"] + training.map { "training_\($0)" } + validation.map { "validation_\($0)" }
        try file.write(rows, to: "history", shape: [history.count, columns.count])
        try file.setAttribute("columns", of: "history", to: columns)
    }
}
