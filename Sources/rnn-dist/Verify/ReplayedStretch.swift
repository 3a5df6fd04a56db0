import Configuration
import Diagnostics
import Training

/// The steps of a run that are made again: from a checkpoint, or the beginning, to a later checkpoint.
package struct ReplayedStretch: Equatable, Sendable {
    /// nil: the beginning.
    package var base: String?
    package var target: String
    package var steps: Int

    /// Chooses the newest checkpoint that can be reached in at most so many steps, from as far back as that allows.
    ///
    /// - Parameters:
    ///   - generations: Of the run, newest first.
    ///   - origin: The checkpoint of another run that this one began from: its beginning cannot be made again; nil:
    ///     it began by itself.
    ///   - only: The checkpoint to be reached; nil: any.
    /// - Throws: `Diagnostic` that says how many steps are needed.
    package init(
        of run: String, _ generations: [(step: Int, path: String)], origin: String? = nil,
        reaching only: String? = nil, steps: Int
    ) throws {
        let targets = generations.filter { $0.step > 0 && (only == nil || $0.path == only) }
        var needed = Int.max
        for target in targets {
            let earlier = generations.filter { $0.step < target.step }
            let bases = earlier.map { (step: $0.step, path: Optional($0.path)) }
                + (origin == nil ? [(step: 0, path: nil)] : [])
            if let base = bases.last(where: { target.step - $0.step <= steps }) {
                (self.base, self.target, self.steps) = (base.path, target.path, target.step - base.step)
                return
            }
            if let nearest = bases.map(\.step).max() { needed = min(needed, target.step - nearest) }
        }
        if let origin, needed == .max, !targets.isEmpty {
            throw Diagnostic(
                only ?? run, "it began from \(origin), and no earlier checkpoint of its own is kept",
                expected: "two checkpoints of the run",
                hint: "set checkpoint.every_steps, or checkpoint.keep to 2 or more")
        }
        guard needed < .max else {
            throw Diagnostic(
                only ?? run, "there is no checkpoint of a step that could be made again",
                expected: "a checkpoint after the first step of training")
        }
        throw Diagnostic(
            run,
            generations.count == 1
                ? "it keeps one checkpoint, which is \(needed.counted("step")) from the beginning"
                : "the nearest of its checkpoints are \(needed.counted("step")) apart",
            expected: "at most --steps \(steps)",
            hint: "--steps \(needed) makes them all; runs with checkpoint.every_steps and checkpoint.keep of 2 or more "
                + "keep checkpoints that are nearer to each other")
    }
}
