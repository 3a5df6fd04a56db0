import Configuration
import Kernels
import MessagePassing
import RecurrentNetworks
import Tasks

/// Sums gradients and totals over all shards of all ranks, in the fixed tree.
final class GradientReducer {
    let tree: ShardTree
    /// The rank's shards, and the maximal aligned subtrees they form.
    let shards: Range<Int>
    let subtrees: ShardSubtrees
    let communicator: Communicator
    /// Whose shards these are.
    let place: Int
    /// Whether there are sums over ranks to make.
    let hasOthers: Bool
    /// Where a rank's part of the work is done by itself: what stands for the other ranks.
    var standIn: StandIn?
    private let reduction: TreeReduction
    private let messages: ReductionMessages
    private let earlySums: EarlySums
    private var lastPresent: (present: [Bool], subtrees: [[Range<Int>]]) = ([], [])

    /// - Parameters:
    ///   - layout: Of the gradients to sum.
    ///   - wire: What gradients travel as.
    ///   - overlaps: Whether a thread sums gradients while others are computed.
    ///   - share: The rank whose part of the work to do, without any sum over ranks; nil: this one's, with them.
    init(
        _ communicator: Communicator, shards: Int, _ layout: ParameterLayout = ParameterLayout(),
        wire: TrainingConfiguration.Wire = .float32, overlaps: Bool = false, share: RankShare? = nil
    ) throws {
        self.communicator = communicator
        reduction = try TreeReduction(communicator, shards: shards)
        tree = try share.map { try ShardTree(shards: shards, ranks: $0.ranks) } ?? reduction.tree
        place = share?.rank ?? communicator.rank
        hasOthers = share == nil && communicator.size > 1
        standIn = share.flatMap { $0.ranks > 1 ? StandIn($0) : nil }
        messages = ReductionMessages(layout)
        earlySums = EarlySums(messages.early, communicator, hasThread: overlaps)
        self.shards = tree.shards(ofRank: place)
        subtrees = ShardSubtrees(tree.maximalAlignedSubtrees(of: self.shards), isRounded: wire == .bfloat16)
    }

    var bytesSent: Int { communicator.bytesSent }

    /// Adds integers over the ranks.
    func reduce(counts: inout [Int64]) throws {
        if hasOthers { try communicator.sum(&counts) }
    }

    /// The rows of each trained table that this rank has a gradient for, rising; none for the others.
    func touchedRows(_ gradients: Gradients<Float>, present: [Bool], isTrained: [Bool]) -> [[Int32]] {
        let parts = presentParts(present)
        return zip(gradients.tables, isTrained).map { table, trained in
            trained ? sortedUnion(of: parts.map { table[$0].ids }) : []
        }
    }

    /// The subtrees of every rank that have a present shard: of large runs more than is worth finding in every step.
    func subtreesOfRanks(present: [Bool]) -> [[Range<Int>]] {
        if lastPresent.present != present {
            let subtrees = (0..<tree.rankCount).map { tree.presentSubtrees(ofRank: $0, present: present) }
            lastPresent = (present, subtrees)
        }
        return lastPresent.subtrees
    }

    private func presentParts(_ present: [Bool]) -> [Int] {
        subtrees.ranges.indices.filter { present[subtrees.ranges[$0]].contains(true) }
    }

    /// A step's gradients over all shards.
    struct Reduced {
        /// In the memory of a part.
        var dense: AlignedBuffer<Float>
        /// Of each trained table.
        var tables: [SparseRows<Float>?] = []
        /// For each table the values of rows that other ranks touched; empty where they were not asked for.
        var values: [[SparseRows<Float>]] = []
    }

    /// Begins to sum gradients over the ranks as soon as they are complete; before a step's backward pass.
    func begin(_ gradients: Gradients<Float>, present: [Bool]) {
        if !hasOthers || messages.early.isEmpty { return }
        let parts = presentParts(present)
        earlySums.start { [unowned self] in try sum(denseAddends(gradients, parts, $0.ranges), present: present) }
        gradients.stageCompleted = { [earlySums] in earlySums.complete($0) }
    }

    /// Waits for what began early; after the backward pass.
    func finishEarlySums() throws {
        if hasOthers { try earlySums.finish() }
    }

    /// Stretches of the dense gradients of this rank's parts.
    private func denseAddends(
        _ gradients: Gradients<Float>, _ parts: [Int], _ ranges: [Range<Int>]
    ) -> [TreeReduction.Addends<Float>] {
        ranges.compactMap { range in
            TreeReduction.Addends(
                parts.map { UnsafeMutableBufferPointer(rebasing: gradients.dense[$0].mutableElements[range]) },
                into: UnsafeMutableBufferPointer(
                    rebasing: gradients.dense[parts.first ?? 0].mutableElements[range]))
        }
    }

    private func sum(_ vectors: [TreeReduction.Addends<Float>], present: [Bool]) throws {
        // What a rank folds by itself is rounded in its nodes already.
        if subtrees.isRounded {
            try reduction.allReduceRounded(vectors, present: present)
        } else {
            try reduction.allReduce(vectors, present: present)
        }
    }

    /// Reduces the gradients that have not left early.
    ///
    /// - Parameters:
    ///   - touched: `touchedRows`.
    ///   - rowCounts: As the step's summary has them.
    ///   - present: For each shard whether it has examples in this step.
    ///   - isTrained: For each table whether it is trained.
    ///   - shared: Tables whose touched rows' values go to the ranks that did not touch them; nil: they do not.
    func reduce(
        _ gradients: Gradients<Float>, touched: [[Int32]], rowCounts: [[Int]], present: [Bool], isTrained: [Bool],
        sharing shared: [Matrix<Float>]?
    ) throws -> Reduced {
        let parts = presentParts(present)
        var result = Reduced(dense: gradients.dense[parts.first ?? 0])
        if !hasOthers && standIn == nil {
            result.tables = gradients.tables.indices.map { table in
                isTrained[table]
                    ? joined(gradients.tables[table][0], result.dense, gradients.tiedRanges[table]) : nil
            }
            return result
        }
        let exchange = RowExchange(touched, rowCounts, sharing: shared)
        let received = try standIn.map(exchange.run(beside:)) ?? exchange.run(communicator)
        result.values = received.values
        let unions = received.ids.map(sortedUnion(of:))
        // The reduction sees bare memory: the blocks must outlive it.
        let blocks = gradients.tables.indices.map { table -> [Matrix<Float>] in
            guard isTrained[table] else { return [] }
            let width = gradients.tables[table][0].rows.columns
            let own = parts.map { spread(gradients.tables[table][$0], over: unions[table]) }
            return own.isEmpty ? [Matrix(rows: unions[table].count, columns: width)] : own
        }
        try withExtendedLifetime(blocks) {
            let rows = blocks.compactMap { table -> TreeReduction.Addends<Float>? in
                let memory = table.map(\.storage.mutableElements)
                return memory.first.flatMap { TreeReduction.Addends(parts.isEmpty ? [] : memory, into: $0) }
            }
            if hasOthers { try sum(denseAddends(gradients, parts, messages.rest) + rows, present: present) }
        }
        result.tables = blocks.indices.map { table in
            blocks[table].first.map {
                joined(SparseRows(ids: unions[table], rows: $0), result.dense, gradients.tiedRanges[table])
            }
        }
        return result
    }

    /// A part's rows among those that any rank touched; zeros for the others.
    private func spread(_ part: SparseRows<Float>, over union: [Int32]) -> Matrix<Float> {
        let block = Matrix<Float>(rows: union.count, columns: part.rows.columns)
        var places: [Int32] = []
        places.reserveCapacity(part.ids.count)
        var place = 0
        for id in part.ids {
            while union[place] != id { place += 1 }
            places.append(Int32(place))
        }
        copyRows(part.rows, rows: .all(places.count), into: block, rows: .indexed(AlignedBuffer(places)))
        return block
    }

    /// The gradient of all rows of a table that is tied to the output layer: the layer's part, and that of the rows
    /// read.
    ///
    /// - Parameter range: Where the dense gradient holds the layer's part; nil: the table is not tied.
    private func joined(
        _ read: SparseRows<Float>, _ dense: AlignedBuffer<Float>, _ range: Range<Int>?
    ) -> SparseRows<Float> {
        guard let range else { return read }
        let width = read.rows.columns
        let all = Matrix(dense, offset: range.lowerBound, rows: range.count / width, columns: width)
        addRows(read, to: all)
        return SparseRows(ids: (0..<Int32(all.rows)).map { $0 }, rows: all)
    }
}
