import Configuration
import Diagnostics
import HDF5

/// Sequences out of an HDF5 file: all time steps one behind the other with offsets, or an array of sequences of one
/// length.
struct DatasetSequences: NumericSource {
    let name: String
    let width: Int
    /// `[time step, width]`, of all sequences.
    private let values: [Float]
    /// Where each sequence begins, and where the last one ends.
    private let offsets: [Int]
    /// As text; empty: the sequences have none.
    private let labels: [[UInt8]]

    /// - Throws: `Diagnostic` naming the dataset, and where in it something is wrong.
    init(name: String, labelled: Bool, _ datasets: DataConfiguration.Datasets) throws {
        self.name = name
        let features = datasets.features
        let wanted = [(name: features, kind: ForeignDataset.Kind.floats)]
            + (datasets.offsets.map { [(name: $0, kind: .integers)] } ?? [])
        let read = try ForeignFile.read(name, wanted)
        guard case .floats(let values) = read[0].values, !values.isEmpty else {
            throw Diagnostic(name, "dataset '\(features)' holds no numbers", expected: "at least one")
        }
        self.values = values
        let shape = read[0].shape
        if let offsetsName = datasets.offsets, read.count > 1, case .integers(let given) = read[1].values {
            guard shape.count == 1 || shape.count == 2 else {
                throw Diagnostic(
                    name, "dataset '\(features)' has shape \(shape)",
                    expected: "[time steps] or [time steps, numbers], since data.datasets.offsets is '\(offsetsName)'")
            }
            width = shape.count == 2 ? shape[1] : 1
            offsets = try Self.checked(given, steps: shape[0], name, offsetsName, of: features)
        } else {
            guard shape.count == 2 || shape.count == 3 else {
                throw Diagnostic(
                    name, "dataset '\(features)' has shape \(shape)",
                    expected: "[sequences, time steps] or [sequences, time steps, numbers]",
                    hint: "data.datasets.offsets names where sequences of several lengths begin")
            }
            width = shape.count == 3 ? shape[2] : 1
            offsets = (0...shape[0]).map { $0 * shape[1] }
        }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw Diagnostic(
                name, "dataset '\(features)' holds \(values[place]) in time step \(place / width)",
                expected: "finite numbers that fit 32 bits", hint: "missing values must be filled in")
        }
        labels = labelled ? try Self.labels(name, datasets.labels) : []
        guard !labelled || labels.count == offsets.count - 1 else {
            throw Diagnostic(
                name, "dataset '\(datasets.labels)' holds \(labels.count.counted("label"))",
                expected: "one for each of the \((offsets.count - 1).counted("sequence"))")
        }
    }

    private static func checked(
        _ given: [Int64], steps: Int, _ name: String, _ dataset: String, of features: String
    ) throws -> [Int] {
        guard given.first == 0, given.last == Int64(steps) else {
            let found = given.isEmpty ? "is empty" : "goes from \(given[0]) to \(given[given.count - 1])"
            throw Diagnostic(
                name, "dataset '\(dataset)' \(found)",
                expected: "0 to \(steps), the time steps of dataset '\(features)'")
        }
        if let place = given.indices.dropLast().first(where: { given[$0 + 1] <= given[$0] }) {
            throw Diagnostic(
                name,
                "sequence \(place), from \(given[place]) to \(given[place + 1]) in dataset '\(dataset)', "
                    + "has no time step",
                expected: "growing offsets")
        }
        return given.map { Int($0) }
    }

    /// Texts, or numbers as text.
    private static func labels(_ name: String, _ dataset: String) throws -> [[UInt8]] {
        func read(_ kind: ForeignDataset.Kind) throws -> ForeignDataset {
            try ForeignFile.read(name, [(dataset, kind)])[0]
        }
        // The file is asked for its kind by trying; the last refusal is that of what holds neither.
        let labels = try (try? read(.texts)) ?? (try? read(.integers)) ?? read(.floats)
        guard labels.shape.count == 1 else {
            throw Diagnostic(name, "dataset '\(dataset)' has shape \(labels.shape)", expected: "[sequences]")
        }
        switch labels.values {
        case .texts(let texts): return texts
        case .integers(let numbers): return numbers.map { Array("\($0)".utf8) }
        case .floats(let numbers): return numbers.map { Number.normalizedLabel(Array("\($0)".utf8).span) }
        }
    }

    func forEach(
        _ body: (_ name: Span<UInt8>, _ label: Span<UInt8>, _ values: [Float], _ place: SourcePlace) throws -> Void
    ) throws -> Int {
        let none: [UInt8] = []
        for sequence in 0..<offsets.count - 1 {
            let place = SourcePlace(file: "\(name): sequence \(sequence)", line: nil)
            let label = labels.isEmpty ? none : labels[sequence]
            if label.isEmpty && !labels.isEmpty { throw Diagnostic(place.description, "label is empty") }
            try body(
                none.span, label.span, Array(values[offsets[sequence] * width..<offsets[sequence + 1] * width]), place)
        }
        return 0
    }
}
