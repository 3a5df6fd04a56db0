import Kernels
import RecurrentNetworks
import SequenceData

extension Trainer {
    /// So many steps in a row are not what a few bad examples cause.
    private var mostLeftOutInARow: Int { 10 }
    private var advice: String {
        "lower training.optimizer.learning_rate or set training.clip_norm, and go on from the last checkpoint "
            + "with --resume"
    }

    /// Passes over a step whose loss or gradient is not finite: parameters, moments, carried states, totals and the
    /// number of the optimizer's step stay, and the position in the data moves on.
    ///
    /// That a step is such a one follows from sums over all shards, so that every rank comes here.
    ///
    /// - Throws: `AgreedFailure` where that is not asked for or of no use.
    func leaveOut(_ plan: EpochPlan, _ reduced: GradientReducer.Reduced) throws {
        takeBackCarriedState()
        let trouble = NumericalTrouble(
            task: task, reducer: reducer, team: team, plan: plan, step: state.stepInEpoch,
            optimizerStep: optimizer.step)
        let found = try trouble.account(reduced) { takeBackCarriedState() }
        let account = "step \(optimizer.step + 1) (epoch \(state.epoch + 1)): \(found.text)"
        guard !found.isOfWeights else {
            throw AgreedFailure(message: "\(account); \(advice)", category: .run)
        }
        guard configuration.training.nonFinite == .skip else {
            throw AgreedFailure(
                message: "\(account); look at the data, \(advice); training.non_finite=skip leaves such steps out",
                category: .run)
        }
        state.stepInEpoch += 1
        state.leftOut.total += 1
        state.leftOut.inARow += 1
        guard state.leftOut.inARow < mostLeftOutInARow else {
            throw AgreedFailure(
                message: "\(account), and so were the steps before: \(mostLeftOutInARow) in a row; look at the "
                    + "data, \(advice)",
                category: .run)
        }
        guard state.stepInEpoch < plan.stepCount || state.leftOut.inARow < plan.stepCount else {
            throw AgreedFailure(
                message: "\(account), and so were all steps of the epoch; look at the data, \(advice)", category: .run)
        }
        observer?.stepLeftOut(
            LeftOutStep(
                epoch: state.epoch, step: optimizer.step + 1, reason: account, stepsLeftOut: state.leftOut.total))
    }

    /// Nothing good can come of a state that is not finite: the checkpoint before is the one to go on from.
    func notFinite() -> AgreedFailure {
        let found = nonFiniteWeights(task.parameters).map { "weights are not finite: \($0)" }
            ?? "the optimizer's moments are not finite"
        return AgreedFailure(message: "after step \(optimizer.step) \(found); \(advice)", category: .run)
    }
}

extension Matrix<Float> {
    /// Takes over the numbers of a matrix of the same shape.
    func take(_ other: Matrix<Float>) { copyRows(other, rows: .all(rows), into: self, rows: .all(rows)) }
}
