/// Estimates when a run ends from the pace it has had in this process.
public struct TimeLeft {
    private let clock: () -> Double
    private var start: (done: Double, time: Double)?

    /// - Parameter clock: Seconds that only grow.
    public init(clock: @escaping () -> Double) {
        self.clock = clock
    }

    /// Seconds until `total` is done; nil before there is a pace to tell it from.
    ///
    /// The pace is counted from the first call: a resumed run has done nothing of its past in this process.
    ///
    /// - Parameters:
    ///   - done: Steps, or whatever takes equal time, done since the beginning of the run.
    ///   - total: The same at the end of the run.
    public mutating func seconds(done: Double, total: Double) -> Double? {
        let now = clock()
        guard let start else {
            start = (done, now)
            return nil
        }
        guard done > start.done, now > start.time else { return nil }
        return max(0, total - done) * (now - start.time) / (done - start.done)
    }
}
