import Foundation
import Training

/// Where a run is, and whether it goes on, as far as its files tell.
package struct RunStatus {
    package enum Life: Equatable {
        case completed
        case stopped
        case failed
        case running
        /// Nothing has been written for much longer than usual: killed, stuck, or cut off from the file system.
        case silent
    }

    package let record: RunRecord
    package let life: Life
    /// Seconds since the newest line of the log.
    package let age: Double
    /// The longest that this start has been silent between two of its newest lines; nil: there are too few.
    package let usualSilence: Double?
    package let progress: ProgressState
    /// Epochs done, parts of them counted; nil: not known.
    package let epochsDone: Double?

    /// - Parameter now: By this machine's clock; that of the machine that writes should agree within seconds.
    package init(_ record: RunRecord, now: Date) {
        self.record = record
        age = max(0, now.timeIntervalSince(record.written))
        usualSilence = zip(record.elapsed, record.elapsed.dropFirst()).suffix(20).map { max(0, $1 - $0) }.max()
        life = switch record.end?.outcome {
        case .completed: .completed
        case .stopped: .stopped
        case .failed: .failed
        case nil: age > Self.patience(usualSilence) ? .silent : .running
        }
        epochsDone = record.epochs(at: record.newestStep)
        progress = Self.progress(
            record, epochsDone: epochsDone, age: life == .running ? age : 0, isOver: life != .running)
    }

    /// Seconds without a line after which a run is said to be silent.
    ///
    /// A validation, or a checkpoint on a slow disk, may come between two lines where there was none before.
    private static func patience(_ usual: Double?) -> Double { max(30, usual.map { 3 * $0 } ?? 600) }

    private static func progress(
        _ record: RunRecord, epochsDone: Double?, age: Double, isOver: Bool
    ) -> ProgressState {
        let start = record.starts.last
        let inEpoch = record.epochs.last.map { record.newestStep - $0.step } ?? record.newestStep
        let isEpochOver = inEpoch <= 0 && record.epochs.last != nil
        let last = record.epochs.last?.epoch ?? 0
        let steps = start?.stepsPerEpoch ?? record.epochs.last.map { $0.step / max(1, $0.epoch) } ?? 0
        var left: Double?
        if !isOver, let done = epochsDone, let all = start?.epochs,
            let begun = start.flatMap({ record.epochs(at: $0.step) }), let first = record.elapsed.first,
            let latest = record.elapsed.last, done > begun, latest > first
        {
            left = max(0, (Double(all) - done) * (latest - first) / (done - begun) - age)
        }
        let newest = record.steps.last.flatMap { $0.step > (record.epochs.last?.step ?? -1) ? $0 : nil }
        // The epoch that goes on; the last one where none does.
        let goesOn = !isEpochOver && !(isOver && record.end?.outcome == .completed)
        return ProgressState(
            epoch: goesOn ? last + 1 : max(1, last), epochs: max(start?.epochs ?? 0, last),
            step: goesOn ? inEpoch : steps, steps: max(steps, goesOn ? inEpoch : 0),
            tokensPerSecond: newest?.tokensPerSecond ?? record.epochs.last?.tokensPerSecond,
            loss: newest?.loss ?? record.epochs.last?.training.first?.value, secondsLeft: left)
    }

    /// Whether the run has ended; a silent one may be heard of again.
    package var isOver: Bool { record.end != nil }

    /// What becomes of the run, in a line.
    package var sentence: String {
        let reason = record.end?.reason.map { ": \($0)" } ?? ""
        let ago = "\(Self.span(age)) ago"
        switch life {
        case .completed: return "completed\(reason)"
        case .stopped: return "stopped\(reason.isEmpty ? "" : ", since \(reason.dropFirst(2))")"
        case .failed: return "failed\(reason)"
        case .running: return "running, last heard of \(ago)"
        case .silent:
            // Logs of older programs have no end.
            guard record.starts.last?.loss != nil || record.starts.isEmpty else {
                return "over, killed or stuck: no line for \(Self.span(age))"
            }
            let usual = usualSilence.map { " (before, at most \(Self.span($0)) between two)" } ?? ""
            return "killed, stuck or cut off: no line for \(Self.span(age))\(usual)"
        }
    }

    /// Whole seconds: clocks of two machines agree no better.
    static func span(_ seconds: Double) -> String {
        0..<59.5 ~= seconds ? "\(Int(seconds.rounded())) s" : Quantity.duration(seconds)
    }
}
