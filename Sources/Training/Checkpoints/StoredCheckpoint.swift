import Configuration
import Diagnostics
import HDF5
import Kernels
import Optimization
import RecurrentNetworks
import Tasks

/// A checkpoint that has been opened: its configuration, vocabularies and position; weights on request.
public final class StoredCheckpoint {
    public let path: String
    public let configuration: RunConfiguration
    public let artifacts: [TaskArtifact]
    public let step: Int
    public let digest: String
    public let receipt: [String]
    private let file: HDF5File

    /// - Throws: `Diagnostic` for a file that is missing, foreign, damaged, or of a newer format.
    public convenience init(path: String) throws {
        try self.init(bytes: SealedFile.read(path), path: path)
    }

    /// - Parameter bytes: The document, verified.
    public init(bytes: consuming FileBytes, path: String) throws {
        let size = bytes.count
        let file = try HDF5File(image: bytes, subject: path)
        let version: Int = try file.attribute("format_version", of: "")
        guard version == Checkpoint.formatVersion else {
            throw Diagnostic(
                path, "its format version is \(version)", expected: "\(Checkpoint.formatVersion)",
                hint: "read it with the rnn-dist that wrote it")
        }
        self.path = path
        self.file = file
        var configuration = try RunConfiguration.read(
            yaml: Array(file.text("configuration").utf8), name: "\(path): configuration", isStored: true)
        configuration.room = ModelRoom(numbers: size / MemoryLayout<Float>.size, place: "its checkpoint")
        self.configuration = configuration
        artifacts = try file.children(of: "artifacts").map {
            TaskArtifact(name: $0, texts: try file.texts("artifacts/\($0)"))
        }
        step = try file.attribute("step", of: "")
        digest = try file.attribute("digest", of: "")
        receipt = try file.texts("receipt")
    }

    /// Where in its run it was written.
    public var position: RunPosition {
        get throws {
            let stored: [Int64] = try file.read("state/position", shape: [2])
            return RunPosition(epoch: Int(stored[0]), stepInEpoch: Int(stored[1]))
        }
    }

    /// Validations since the best one, as early stopping counts them.
    public var validationsWaited: Int { get throws { try stopping().waited } }

    /// Numbers of a row of the embedding; nil: there is none.
    public var embeddingWidth: Int? {
        get throws {
            try file.exists("weights/embedding/weight") ? file.shape(of: "weights/embedding/weight").last : nil
        }
    }

    /// Reads the weights to evaluate with: those of averaged SGD are the averages. Everything is checked before
    /// anything changes.
    public func restore(_ parameters: Parameters<Float>) throws {
        try checkWeights(parameters.layout)
        var areAverages = false
        if configuration.training.optimizer.name == .asgd {
            areAverages = try averagingSince().map { $0 < step } ?? false
        }
        func name(_ parameter: String, _ isTrained: Bool) -> String {
            areAverages && isTrained ? "optimizer/\(parameter)/\(Optimizer.averageName)" : "weights/\(parameter)"
        }
        if areAverages {
            for slice in parameters.layout.dense { try check(name(slice.name, true), slice.shape) }
            for slice in parameters.layout.tables {
                try check(name(slice.name, slice.isTrained), [slice.rows, slice.width])
            }
        }
        try readWeights(parameters, name)
    }

    /// - Parameter name: The dataset to read for a parameter.
    private func readWeights(
        _ parameters: Parameters<Float>, _ name: (_ parameter: String, _ isTrained: Bool) -> String
    ) throws {
        for slice in parameters.layout.dense { try read(name(slice.name, true), slice, into: parameters.dense) }
        for (table, slice) in zip(parameters.tables, parameters.layout.tables) {
            try file.read(
                name(slice.name, slice.isTrained), into: table.storage.mutableElements,
                shape: [slice.rows, slice.width])
        }
    }

    /// The step after which averaged SGD began to average; nil: it has not.
    private func averagingSince() throws -> Int? {
        let stored: [Int64] = try file.read("state/averaging", shape: [1])
        guard stored[0] >= -1, stored[0] <= Int64(Int32.max) else {
            throw Diagnostic(path, "its averaging began at step \(stored[0])", expected: "a step, or -1 for none")
        }
        return stored[0] < 0 ? nil : Int(stored[0])
    }

    /// Reads weights, optimizer state and position. Everything is checked before anything changes.
    public func restore(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, totals: Totals, carried: CarriedState?
    ) throws -> TrainingState {
        // Rows of tables are stamped with 32 bits.
        guard (0...Int(Int32.max)).contains(step) else {
            throw Diagnostic(path, "its step is \(step)", expected: "a number from 0 to \(Int32.max)")
        }
        try checkWeights(parameters.layout)
        let names = optimizer.momentNames
        let moments = [(names.first, optimizer.denseMoments.first), (names.second, optimizer.denseMoments.second)]
        for slice in parameters.layout.dense {
            for case (let name, _?) in moments { try check("optimizer/\(slice.name)/\(name)", slice.shape) }
        }
        for (number, slice) in parameters.layout.tables.enumerated() where slice.isTrained {
            for case (let name, _?) in tableMoments(optimizer, number) {
                try check("optimizer/\(slice.name)/\(name)", [slice.rows, slice.width])
            }
        }
        let momentSteps = try parameters.layout.tables.map { $0.isTrained ? try readMomentSteps($0) : [] }
        let state = try restoredState(totals)
        if optimizer.rule == .averagedSGD { optimizer.averagingSince = try averagingSince() }
        if let rows = carried?.rows {
            try file.read("state/carried", into: rows.storage.mutableElements, shape: [rows.rows, rows.columns])
        }
        try readWeights(parameters) { parameter, _ in "weights/\(parameter)" }
        for slice in parameters.layout.dense {
            for case (let name, let moment?) in moments {
                try read("optimizer/\(slice.name)/\(name)", slice, into: moment)
            }
        }
        for (number, slice) in parameters.layout.tables.enumerated() where slice.isTrained {
            for case (let name, let moment?) in tableMoments(optimizer, number) {
                try file.read(
                    "optimizer/\(slice.name)/\(name)", into: moment.mutableElements, shape: [slice.rows, slice.width])
            }
            for (row, renewed) in momentSteps[number].enumerated() {
                optimizer.tables[number].momentStep[row] = renewed
            }
        }
        optimizer.resume(at: step)
        return state
    }

    /// The step each row's moments were renewed in, which what is left of them follows from.
    private func readMomentSteps(_ slice: TableSlice) throws -> [Int32] {
        let name = "optimizer/\(slice.name)/moment_step"
        let steps: [Int32] = try file.read(name, shape: [slice.rows])
        if let row = steps.firstIndex(where: { $0 < 0 || $0 > step }) {
            throw Diagnostic(path, "row \(row) of '\(name)' is \(steps[row])", expected: "a step from 0 to \(step)")
        }
        return steps
    }

    private func checkWeights(_ layout: ParameterLayout) throws {
        for slice in layout.dense { try check("weights/\(slice.name)", slice.shape) }
        for slice in layout.tables { try check("weights/\(slice.name)", [slice.rows, slice.width]) }
    }

    private func tableMoments(_ optimizer: Optimizer, _ number: Int) -> [(String, AlignedBuffer<Float>?)] {
        [
            (optimizer.momentNames.first, optimizer.tables[number].moments.first),
            (optimizer.momentNames.second, optimizer.tables[number].moments.second),
        ]
    }

    private func restoredState(_ totals: Totals) throws -> TrainingState {
        var state = TrainingState(epochTotals: totals)
        (state.epoch, state.stepInEpoch) = (try position.epoch, try position.stepInEpoch)
        state.epochTotals.sums = try file.read("state/epoch_sums", shape: [totals.sums.count])
        state.epochTotals.counts = try file.read("state/epoch_counts", shape: [totals.counts.count])
        let plateau: [Double] = try file.read("state/plateau", shape: [3])
        state.plateau.factor = plateau[0]
        guard state.plateau.factor >= 0, state.plateau.factor <= 1 else {
            throw Diagnostic(
                path, "its learning rate is multiplied by \(plateau[0])", expected: "a number from 0 to 1")
        }
        state.plateau.best = plateau[1].isNaN ? nil : plateau[1]
        state.plateau.waited = try whole(plateau[2])
        state.stopping = try stopping()
        state.leftOut = try stepsLeftOut()
        state.history = try history()
        let most = step + state.leftOut.total
        guard state.epoch >= 0, state.stepInEpoch >= 0, state.stepInEpoch <= most else {
            throw Diagnostic(
                path, "its position is epoch \(state.epoch), step \(state.stepInEpoch)",
                expected: "no negative number, and at most \(most) steps")
        }
        return state
    }

    private func stopping() throws -> StoppingState {
        let stored: [Double] = try file.read("state/stopping", shape: [3])
        var stopping = StoppingState()
        stopping.best = stored[0].isNaN ? nil : stored[0]
        stopping.bestStep = try whole(stored[1])
        stopping.waited = try whole(stored[2])
        return stopping
    }

    /// Whether it was the best of its run when it was written.
    var isBest: Bool {
        get throws {
            let stopping = try stopping()
            return stopping.best != nil && stopping.bestStep == step
        }
    }

    private func stepsLeftOut() throws -> LeftOutSteps {
        var steps = LeftOutSteps()
        guard try file.exists("state/steps_left_out") else { return steps }
        let stored: [Int64] = try file.read("state/steps_left_out", shape: [2])
        guard stored[1] >= 0, stored[0] >= stored[1], stored[0] <= 1 << 48 else {
            throw Diagnostic(
                path, "of \(stored[0]) steps left out \(stored[1]) were in a row", expected: "no more than all")
        }
        (steps.total, steps.inARow) = (Int(stored[0]), Int(stored[1]))
        return steps
    }

    private func history() throws -> [EpochRecord] {
        let columns: [String] = try file.attribute("columns", of: "history")
        let epochs = try file.shape(of: "history").first ?? 0
        let rows: [Double] = try file.read("history", shape: [epochs, columns.count])
        func metrics(_ prefix: String, _ row: ArraySlice<Double>) -> [TaskMetrics.Metric] {
            zip(columns, row).filter { $0.0.hasPrefix(prefix) && !$0.1.isNaN }.map {
                TaskMetrics.Metric(name: String($0.0.dropFirst(prefix.count)), value: $0.1)
            }
        }
        return try (0..<epochs).map {
            let row = rows[$0 * columns.count..<($0 + 1) * columns.count]
            guard columns.starts(with: ["epoch", "step"]), let epoch = row.first, let step = row.dropFirst().first
            else {
                throw Diagnostic(
                    path, "the columns of 'history' are \(columns.joined(separator: ", "))",
                    expected: "epoch and step first")
            }
            return EpochRecord(
                epoch: try whole(epoch), step: try whole(step), training: metrics("training_", row),
                validation: metrics("validation_", row))
        }
    }

    private func whole(_ value: Double) throws -> Int {
        guard let number = Int(exactly: value) else {
            throw Diagnostic(path, "a count in it is \(value)", expected: "a whole number")
        }
        guard number >= 0 else { throw Diagnostic(path, "a count in it is \(number)", expected: "no negative number") }
        return number
    }

    private func check(_ name: String, _ shape: [Int]) throws {
        let found = try file.shape(of: name)
        guard found == shape else {
            throw Diagnostic(
                path, "dataset '\(name)' has shape \(found)", expected: "\(shape)",
                hint: "was it saved with another size?")
        }
        guard try file.numberKind(of: name) == .float32 else {
            throw Diagnostic(path, "dataset '\(name)' does not hold 32-bit floating-point numbers", expected: "float32")
        }
    }

    private func read(_ name: String, _ slice: ParameterSlice, into buffer: AlignedBuffer<Float>) throws {
        let values = AlignedBuffer<Float>(count: slice.count)
        try withExtendedLifetime(values) { try file.read(name, into: values.mutableElements, shape: slice.shape) }
        slice.store(slice.matrix(values), into: buffer)
    }
}
