import Foundation
import HDF5
import Tasks
import Training

/// What the folder of a run tells of it, while it goes on and afterwards, on this machine or another.
package struct RunRecord {
    /// The folder as it was given.
    package var folder: String
    /// Each time the program began, or went on with, the run.
    package internal(set) var starts: [Start] = []
    package internal(set) var steps: [Step] = []
    package internal(set) var epochs: [Epoch] = []
    package internal(set) var validations: [Validation] = []
    package internal(set) var leftOut: [LeftOut] = []
    /// As of the newest validation that told classes apart.
    package internal(set) var classes: Classes?
    /// How the newest start ended; nil: it goes on, or was killed.
    package internal(set) var end: End?
    /// Lines that are no objects; a killed machine may leave half of one at the end.
    package internal(set) var unreadableLines = 0
    /// When the newest line was written.
    package var written = Date.distantPast
    /// Seconds since the newest start at each of its lines.
    var elapsed: [Double] = []

    /// A run of which nothing is known yet.
    package init(of folder: String) { self.folder = folder }

    package struct Start {
        package var step: Int
        package var ranks: Int?
        package var threads: Int?
        package var parameters: Int?
        package var memoryEstimate: Int?
        /// As written: ISO 8601.
        package var time: String?
        package var hosts: [String]
        package var processor: String?
        /// The name of the loss, with its unit.
        package var loss: String?
        package var epochs: Int?
        package var stepsPerEpoch: Int?
        package var elapsed: Double?
        /// Keys and values as YAML, by key; empty: written by a program that did not tell.
        package var configuration: [(key: String, value: String)]
    }

    package struct Step {
        package var epoch: Int
        package var step: Int
        package var loss: Double?
        package var learningRate: Double?
        package var gradientNorm: Double?
        package var tokensPerSecond: Double?
    }

    package struct Epoch {
        package var epoch: Int
        package var step: Int
        package var training: [TaskMetrics.Metric]
        package var validation: [TaskMetrics.Metric]
        package var learningRate: Double?
        package var tokens: Int?
        package var paddingAvoided: Int?
        package var tokenImbalance: Double?
        package var bytesSentPerStep: Int?
        package var seconds: Double?
        package var tokensPerSecond: Double?
        package var stepsLeftOut: Int?
        /// Seconds of each rank, by the key of the phase.
        package var phases: [(key: String, seconds: [Double])]
    }

    package struct Validation {
        package var epoch: Int
        package var step: Int
        package var values: [TaskMetrics.Metric]
        package var seconds: Double?
    }

    package struct LeftOut {
        package var epoch: Int
        package var step: Int
        package var reason: String
    }

    package struct Classes {
        package var epoch: Int
        package var confusion: ConfusionMatrix?
        package var spans: [Span]

        package struct Span {
            package var type: String
            package var precision: Double?
            package var recall: Double?
            package var f1: Double?
            package var expected: Int
            package var found: Int
            package var correct: Int
        }
    }

    package struct End {
        package enum Outcome: String { case completed, stopped, failed }

        package var outcome: Outcome
        package var step: Int
        package var reason: String?
        package var digest: String?
        package var bestStep: Int?
    }

    /// The newest optimizer step there is a line of.
    package var newestStep: Int {
        max(steps.last?.step ?? 0, epochs.last?.step ?? 0, starts.last?.step ?? 0, end?.step ?? 0)
    }

    /// The loss under its own name.
    package var lossName: String {
        starts.last?.loss
            ?? epochs.last?.training.map(\.name).first { $0 == "loss_nats" || $0 == "loss" } ?? "loss_nats"
    }

    /// How far into the run a step is, in epochs.
    package func epochs(at step: Int) -> Double? {
        var before = (epoch: 0, step: 0)
        for epoch in epochs {
            if step <= epoch.step {
                let length = Double(max(1, epoch.step - before.step))
                let share = Double(step - before.step) / length
                return Double(epoch.epoch - 1) + min(1, max(0, share))
            }
            before = (epoch.epoch, epoch.step)
        }
        let length = starts.last?.stepsPerEpoch ?? epochs.last.map { $0.step / max(1, $0.epoch) }
        guard let length, length > 0 else { return nil }
        return Double(before.epoch) + min(1, Double(step - before.step) / Double(length))
    }
}
