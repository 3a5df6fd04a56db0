import Kernels

/// The values of all parameters of a model.
public final class Parameters<Scalar: KernelScalar>: Sendable {
    public let layout: ParameterLayout
    /// The dense parameters, slice after slice; what lies between slices stays zero.
    public let dense: AlignedBuffer<Scalar>
    /// The tables, `[rows, width]` each.
    public let tables: [Matrix<Scalar>]

    /// Zeros.
    public init(_ layout: ParameterLayout) {
        self.layout = layout
        dense = AlignedBuffer(count: layout.denseCount)
        tables = layout.tables.map { Matrix(rows: $0.rows, columns: $0.width) }
    }

    /// Zeros where the other's values may change; tables that are not trained are the other's.
    public init(roomFor other: Parameters) {
        layout = other.layout
        dense = AlignedBuffer(count: other.dense.count)
        tables = zip(other.tables, layout.tables).map { table, slice in
            slice.isTrained ? Matrix(rows: table.rows, columns: table.columns) : table
        }
    }

    /// Takes over the values of what this has room for.
    public func take(_ other: Parameters) {
        dense.take(other.dense)
        for (own, table) in zip(tables, other.tables) where own.storage !== table.storage {
            own.storage.take(table.storage)
        }
    }

    /// Draws every parameter's first values, each a pure function of seed, name and element.
    public func initialize(seed: UInt64) {
        for slice in layout.dense {
            let values = slice.initialValues.values(shape: slice.shape, name: slice.name, seed: seed)
            slice.store(slice.matrix(AlignedBuffer(values.lazy.map { Scalar($0) })), into: dense)
        }
        for (table, slice) in zip(tables, layout.tables) {
            let values = slice.initialValues.values(shape: [slice.rows, slice.width], name: slice.name, seed: seed)
            for (i, value) in values.enumerated() { table.storage[i] = Scalar(value) }
        }
        // The lists of first values are as large as the parameters.
        Processor.releaseFreeMemory()
    }
}

/// The gradients of one rank's part of a minibatch: for each maximal aligned subtree of its shards the sum
/// over them.
public final class Gradients<Scalar: KernelScalar> {
    /// One flat buffer per subtree, laid out as the parameters; behind them what output layers give to the tables they
    /// are tied to.
    public let dense: [AlignedBuffer<Scalar>]
    /// For each table, a sparse gradient per subtree.
    public var tables: [[SparseRows<Scalar>]]
    /// For each table the place of its tied part in the flat buffers; nil: it is not tied.
    public let tiedRanges: [Range<Int>?]
    /// Told in the backward pass which stages are complete, the last in the forward pass first; nil: nobody waits.
    public var stageCompleted: ((_ stage: Int) -> Void)?

    public init(_ layout: ParameterLayout, subtrees: Int) {
        dense = (0..<subtrees).map { _ in AlignedBuffer(count: layout.gradientCount) }
        tiedRanges = layout.tiedRanges
        tables = layout.tables.map { table in (0..<subtrees).map { _ in SparseRows(width: table.width) } }
    }

    /// From here on nothing of the stage changes.
    func complete(_ stage: GradientStage) { stageCompleted?(stage.number) }
}
