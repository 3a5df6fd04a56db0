/// Where the time of a run's training steps went, over the epochs that had as many ranks as the last one.
struct PhaseSummary {
    struct Phase {
        let key: String
        /// Of each rank.
        let seconds: [Double]

        var mean: Double { seconds.reduce(0, +) / Double(seconds.count) }
        var least: Double { seconds.min() ?? 0 }
        var most: Double { seconds.max() ?? 0 }
    }

    let epochs: Int
    let ranks: Int
    let phases: [Phase]

    /// - Returns: nil where no epoch tells.
    init?(_ record: RunRecord) {
        guard let ranks = record.epochs.last?.phases.first?.seconds.count, ranks > 0 else { return nil }
        let told = record.epochs.filter { epoch in
            !epoch.phases.isEmpty && epoch.phases.allSatisfy { $0.seconds.count == ranks }
        }
        var keys: [String] = [], sums: [[Double]] = []
        for phase in told.flatMap(\.phases) {
            if let place = keys.firstIndex(of: phase.key) {
                sums[place] = zip(sums[place], phase.seconds).map { $0 + max(0, $1) }
            } else {
                keys.append(phase.key)
                sums.append(phase.seconds.map { max(0, $0) })
            }
        }
        guard !told.isEmpty else { return nil }
        (epochs, self.ranks) = (told.count, ranks)
        phases = zip(keys, sums).map { Phase(key: $0, seconds: $1) }
    }

    /// Of a rank.
    var mean: Double { phases.reduce(0) { $0 + $1.mean } }

    /// The phases by kind: more colours than these nobody tells apart.
    var kinds: [TimeBars.Part] {
        Self.kinds.compactMap { name, keys in
            let parts = phases.filter { keys.contains($0.key) }
            guard !parts.isEmpty else { return nil }
            let sums = (0..<ranks).map { rank in parts.reduce(0) { $0 + $1.seconds[rank] } }
            return TimeBars.Part(name: name, seconds: sums)
        }
    }

    private static let kinds: [(name: String, keys: [String])] = [
        ("forward", ["input_projection", "recurrence", "output"]),
        ("backward", ["output_backward", "recurrence_backward", "input_backward", "weight_gradients"]),
        ("optimizer", ["optimizer", "packing"]), ("waiting", ["waiting"]), ("sums over ranks", ["reduction"]),
        ("data", ["data"]), ("other", ["other"]),
    ]
}
