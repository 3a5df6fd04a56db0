import Kernels
import SequenceData

/// A rank's part of a minibatch of captions.
public struct CaptionBatch: TaskBatch {
    let target: TargetRows
    /// `[sequence, width]`, in packed order.
    let features: Matrix<Float>
    public var isEmpty: Bool { target.packed.sequences == 0 }

    /// - Parameters:
    ///   - shards: The shards of a rank.
    ///   - subtrees: The maximal aligned subtrees they form.
    init(_ captions: Captions, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) {
        let batch = Batch(captions.texts, plan, step: step, shards: shards, subtrees: subtrees)
        target = TargetRows(batch)
        let rows = batch.examples.elements.flatMap { captions.features(of: Int($0)) }
        features = Matrix(AlignedBuffer(rows), rows: batch.packed.sequences, columns: captions.width)
    }
}
