import SequenceData
import Tasks

/// Evaluates the validation data, spread over the ranks; every example counts exactly once.
struct Evaluator<Task: SequenceTask> {
    let task: Task
    let reducer: GradientReducer

    /// - Returns: nil where there is no validation data.
    func validate() throws -> TaskMetrics? {
        guard let plan = task.validationPlan else { return nil }
        // Each shard adds up its own batches first; the tree then adds the shards.
        var sums = [[Double]](repeating: [Double](repeating: 0, count: task.totalsShape.sums), count: plan.shards)
        var counts = [Int64](repeating: 0, count: task.evaluationCounts)
        var present = [Bool](repeating: false, count: plan.shards)
        for step in 0..<plan.stepCount {
            for (shard, isPresent) in plan.presentShards(step: step).enumerated() where isPresent {
                present[shard] = true
            }
            let batch = task.validationBatch(plan, step: step, shards: reducer.shards, subtrees: reducer.subtrees)
            if batch.isEmpty { continue }
            let totals = task.evaluate(batch)
            for (shard, values) in zip(totals.shards, totals.sums) {
                for (i, value) in values.enumerated() { sums[shard][i] += value }
            }
            for (i, count) in totals.counts.enumerated() { counts[i] += count }
        }
        let own = reducer.shards.filter { present[$0] }
        let summary = try reducer.summarize(
            ShardTotals(shards: own, sums: own.map { sums[$0] }, counts: []), width: task.totalsShape.sums,
            counts: counts,
            present: present)
        return task.metrics(Totals(sums: summary.sums, counts: summary.counts))
    }
}
