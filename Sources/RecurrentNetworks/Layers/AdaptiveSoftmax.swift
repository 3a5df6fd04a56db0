import Configuration
import Kernels

/// Softmax over many classes sorted by falling frequency: a head decides between the frequent classes and
/// clusters of the others, and only the rows of a cluster are multiplied by its weights.
///
///     p(class) = head(class)                         for a class before the first cutoff
///     p(class) = head(cluster) · tail(class)         tail = softmax(x P C), P [in, in / factorⁱ⁺¹] of cluster i
///
/// - Source: Grave et al. 2017, in the form of PyTorch's `AdaptiveLogSoftmaxWithLoss`, without biases.
public final class AdaptiveSoftmax<Scalar: KernelScalar> {
    public let classes: Int
    private let shortlist: Int
    private let head: WeightMatrix<Scalar>  // [in, shortlist + clusters]
    private var clusters: [Cluster]
    private let team: ThreadTeam
    private var headMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var input = Matrix<Scalar>(rows: 0, columns: 0)
    private var dHead = Matrix<Scalar>(rows: 0, columns: 0)

    /// The classes between two cutoffs.
    private struct Cluster {
        let classes: Range<Int>
        let projection: WeightMatrix<Scalar>  // P [in, width]
        let weight: WeightMatrix<Scalar>  // C [width, classes]
        /// The rows whose target is in the cluster, rising.
        var rows: [Int32] = []
        var projected = Matrix<Scalar>(rows: 0, columns: 0)  // [rows, width]
        var dLogits = Matrix<Scalar>(rows: 0, columns: 0)  // [rows, classes]
        var projectedMemory = ReusedMatrix<Scalar>(), logitsMemory = ReusedMatrix<Scalar>()
        var gradientMemory = ReusedMatrix<Scalar>()
    }

    /// - Parameters:
    ///   - cutoffs: Where clusters begin, rising, between 1 and `classes - 1`.
    ///   - factor: How many times narrower than the input the first cluster's projection is; each further one by the
    ///     same factor again.
    public init(
        name: String, inputSize: Int, classes: Int, cutoffs: [Int], factor: Double = 4,
        initializer: ModelConfiguration.Initializer, team: ThreadTeam, layout: inout ParameterLayout
    ) {
        precondition(
            !cutoffs.isEmpty && zip([0] + cutoffs, cutoffs + [classes]).allSatisfy { $0 < $1 } && factor > 0,
            "cutoffs rise and leave classes on both sides")
        self.classes = classes
        self.team = team
        shortlist = cutoffs[0]
        head = WeightMatrix(
            name: "\(name)/head", inputSize: inputSize, outputSize: shortlist + cutoffs.count, initializer: initializer,
            note: "the \(shortlist) most frequent classes, then the clusters", layout: &layout)
        var clusters: [Cluster] = []
        var width = Double(inputSize)
        for (number, (first, end)) in zip(cutoffs, cutoffs.dropFirst() + [classes]).enumerated() {
            width /= factor
            let projection = WeightMatrix<Scalar>(
                name: "\(name)/tail/\(number)/projection", inputSize: inputSize, outputSize: max(1, Int(width)),
                initializer: initializer, layout: &layout)
            let weight = WeightMatrix<Scalar>(
                name: "\(name)/tail/\(number)/weight", inputSize: max(1, Int(width)), outputSize: end - first,
                initializer: initializer, note: "classes \(first) ..< \(end)", layout: &layout)
            clusters.append(Cluster(classes: first..<end, projection: projection, weight: weight))
        }
        self.clusters = clusters
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        head.pack(parameters)
        for cluster in clusters {
            cluster.projection.pack(parameters)
            cluster.weight.pack(parameters)
        }
    }

    /// Weighted losses in nats, as for `softmaxCrossEntropy`; keeps what `backward` needs.
    ///
    /// - Parameters:
    ///   - x: `[row, in]`, untouched until `backward`.
    ///   - predictions: Receives the class that is best in the head, or best in the cluster that is; -1 for a row whose
    ///     best cluster is not its target's, since only its target's cluster is computed.
    public func losses(
        _ x: Matrix<Scalar>, targets: [Int32], weights: [Scalar], losses: inout [Scalar], predictions: inout [Int32]
    ) {
        precondition(
            targets.count == x.rows && targets.allSatisfy { $0 >= 0 && $0 < classes },
            "every row needs a target within the classes")
        input = x
        dHead = headMemory.reshaped(rows: x.rows, columns: head.outputSize)
        head.forward(x, rows: .all(x.rows), into: dHead, team: team)
        var headTargets = targets
        for number in clusters.indices { clusters[number].rows = [] }
        for (row, target) in targets.enumerated() where target >= shortlist {
            let number = clusters.firstIndex { $0.classes.contains(Int(target)) } ?? 0
            clusters[number].rows.append(Int32(truncatingIfNeeded: row))
            headTargets[row] = Int32(truncatingIfNeeded: shortlist + number)
        }
        softmaxCrossEntropy(dHead, targets: headTargets, weights: weights, losses: &losses, predictions: &predictions)
        for number in clusters.indices {
            let rows = clusters[number].rows, logits = tailLogits(number, x, rows: .indexed(AlignedBuffer(rows)))
            var tailLosses = [Scalar](repeating: 0, count: rows.count), best = [Int32](repeating: 0, count: rows.count)
            let first = Int32(truncatingIfNeeded: clusters[number].classes.lowerBound)
            softmaxCrossEntropy(
                logits, targets: rows.map { targets[Int($0)] - first }, weights: rows.map { weights[Int($0)] },
                losses: &tailLosses, predictions: &best)
            for (i, row) in rows.enumerated() {
                losses[Int(row)] += tailLosses[i]
                if Int(predictions[Int(row)]) == shortlist + number { predictions[Int(row)] = -2 - first - best[i] }
            }
        }
        // Predictions of the head's clusters that no row has taken are unknown; those taken were marked below -1.
        for row in predictions.indices {
            let found = predictions[row]
            predictions[row] = found >= shortlist ? -1 : found < -1 ? -2 - found : found
        }
    }

    /// Sums the gradients of all weights.
    ///
    /// - Parameters:
    ///   - index: The row at each position of `leaves`, each row once.
    /// - Returns: The gradient of `x`, valid until the next pass.
    public func backward(index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>)
        -> Matrix<Scalar>
    {
        let dInput = gradientMemory.reshaped(rows: input.rows, columns: input.columns)
        let all = RowSelection.all(input.rows)
        head.backward(dHead, rows: all, from: .zero, into: dInput, rows: all, team: team)
        head.sumGradient(input, index: index, dHead, index: index, leaves: leaves, into: gradients, team: team)
        // Each row's place in its cluster; -1 elsewhere.
        var place = [Int32](repeating: -1, count: input.rows)
        for number in clusters.indices {
            let cluster = clusters[number], rows = cluster.rows
            let dProjected = clusters[number].gradientMemory.reshaped(
                rows: rows.count, columns: cluster.weight.inputSize)
            let own = RowSelection.all(rows.count)
            cluster.weight.backward(
                cluster.dLogits, rows: own, from: .zero, into: dProjected, rows: own, team: team)
            cluster.projection.backward(
                dProjected, rows: own, from: .accumulate, into: dInput, rows: .indexed(AlignedBuffer(rows)), team: team)
            for (i, row) in rows.enumerated() { place[Int(row)] = Int32(truncatingIfNeeded: i) }
            let (ownLeaves, positions) = leaves.selecting { place[Int(index[$0])] >= 0 }
            let ownRows = AlignedBuffer(positions.map { index[$0] })
            let places = AlignedBuffer(positions.map { place[Int(index[$0])] })
            cluster.weight.sumGradient(
                cluster.projected, index: places, cluster.dLogits, index: places, leaves: ownLeaves, into: gradients,
                team: team)
            cluster.projection.sumGradient(
                input, index: ownRows, dProjected, index: places, leaves: ownLeaves, into: gradients, team: team)
            for row in rows { place[Int(row)] = -1 }
        }
        return dInput
    }

    /// The logarithms of the probabilities of all classes, `[row, classes]`.
    ///
    /// - Parameter x: `[row, in]`.
    public func logProbabilities(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
        let rows = RowSelection.all(x.rows)
        let result = Matrix<Scalar>(rows: x.rows, columns: classes)
        let headRows = headMemory.reshaped(rows: x.rows, columns: head.outputSize)
        head.forward(x, rows: rows, into: headRows, team: team)
        logSoftmax(headRows, into: headRows)
        copyRows(headRows.columns(0..<shortlist), rows: rows, into: result.columns(0..<shortlist), rows: rows)
        for number in clusters.indices {
            let logits = tailLogits(number, x, rows: rows), share = AlignedBuffer<Scalar>(count: x.rows)
            for row in 0..<x.rows { share[row] = headRows[row, shortlist + number] }
            logSoftmax(logits, shifts: share, into: result.columns(clusters[number].classes))
        }
        return result
    }

    /// The logits of a cluster's classes for some rows.
    private func tailLogits(_ number: Int, _ x: Matrix<Scalar>, rows: RowSelection) -> Matrix<Scalar> {
        let cluster = clusters[number]
        let projected = clusters[number].projectedMemory.reshaped(
            rows: rows.count, columns: cluster.projection.outputSize)
        let logits = clusters[number].logitsMemory.reshaped(rows: rows.count, columns: cluster.weight.outputSize)
        cluster.projection.forward(x, rows: rows, into: projected, team: team)
        cluster.weight.forward(projected, rows: .all(rows.count), into: logits, team: team)
        clusters[number].projected = projected
        clusters[number].dLogits = logits
        return logits
    }
}
