import Configuration
import Diagnostics
import Kernels

/// A parameter of which a step reads only some rows: an embedding, one-hot input weights.
public struct TableSlice: Sendable {
    public let name: String
    public let rows: Int
    public let width: Int
    public let initialValues: InitialValues
    public let note: String?
    /// False: the values stay as they are (frozen vectors).
    public let isTrained: Bool
    /// Whether an output layer reads all rows in every step, so that all have gradients.
    public fileprivate(set) var isTied = false
}

/// Names and places of all parameters of a model: dense ones in one flat buffer, tables apart.
public struct ParameterLayout: Sendable {
    public private(set) var dense: [ParameterSlice] = []
    public private(set) var tables: [TableSlice] = []
    /// Elements of the flat buffer.
    public private(set) var denseCount = 0
    /// Stages of the backward pass, in the order of the forward pass.
    public private(set) var stages: [GradientStage] = []
    /// How products round weights.
    let precision: ProductPrecision

    public init(precision: ProductPrecision = .float32) { self.precision = precision }

    /// An empty layout for a model.
    public init(_ model: ModelConfiguration) { self.init(precision: ProductPrecision(model.precision)) }

    /// Adds a dense parameter; it begins on a cache line.
    ///
    /// - Parameters:
    ///   - doubledCount: So many first elements stand for the sum of two parameters.
    ///   - groups: Columns of a weight that products take together.
    ///   - isWeight: Whether products take it; else a matrix lies row-major.
    public mutating func add(
        _ name: String, shape: [Int], _ initialValues: InitialValues, note: String? = nil, doubledCount: Int = 0,
        groups: [Range<Int>]? = nil, isWeight: Bool = true
    ) -> ParameterSlice {
        let slice = ParameterSlice(
            name: name, shape: shape, offset: denseCount, initialValues: initialValues, note: note,
            doubledCount: doubledCount, precision: precision,
            groups: isWeight && shape.count == 2 ? groups ?? [0..<shape[1]] : [])
        dense.append(slice)
        denseCount += (slice.count + 15) / 16 * 16
        return slice
    }

    /// Makes a stage of the dense parameters that were added last.
    ///
    /// - Parameters:
    ///   - first: `denseCount` before.
    ///   - table: Tied to them: the layer's part of its gradient belongs to the stage.
    mutating func endStage(since first: Int, tiedTo table: Int? = nil) -> GradientStage {
        let stage = GradientStage(number: stages.count, dense: first..<denseCount, tiedTable: table)
        stages.append(stage)
        return stage
    }

    /// Adds a table and returns its number.
    public mutating func addTable(
        _ name: String, rows: Int, width: Int, _ initialValues: InitialValues, note: String? = nil,
        isTrained: Bool = true
    ) -> Int {
        tables.append(
            TableSlice(
                name: name, rows: rows, width: width, initialValues: initialValues, note: note, isTrained: isTrained))
        return tables.count - 1
    }

    /// Declares that an output layer reads all rows of a table as its weight.
    mutating func tie(table: Int) { tables[table].isTied = true }

    /// For each table where the flat gradient buffer holds the part of its gradient that comes from the output layer,
    /// `[rows, width]`, behind the dense parameters; nil for tables that are not tied.
    public var tiedRanges: [Range<Int>?] {
        var next = denseCount
        return tables.map { table in
            guard table.isTied else { return nil }
            let range = next..<next + table.rows * table.width
            next += (range.count + 15) / 16 * 16
            return range
        }
    }

    /// Elements of the flat gradient buffer.
    public var gradientCount: Int {
        denseCount + tables.reduce(0) { $0 + ($1.isTied ? ($1.rows * $1.width + 15) / 16 * 16 : 0) }
    }

    /// Elements of the flat buffer that stand for the sum of two parameters with equal gradients.
    ///
    /// PyTorch (and Keras' GRU) adds two biases to a gate. We keep their sum, which then moves by twice the
    /// step of one, and whose gradient counts twice in the global norm.
    public var doubled: [Range<Int>] {
        dense.filter { $0.doubledCount > 0 }.map { $0.offset..<$0.offset + $0.doubledCount }
    }

    /// Numbers that training changes.
    public var trainedCount: Int {
        dense.reduce(0) { $0 + $1.count } + tables.reduce(0) { $0 + ($1.isTrained ? $1.rows * $1.width : 0) }
    }

    /// Refuses a model too large for the checkpoint or the memory that it has to be in, before memory is taken for it.
    ///
    /// - Parameter others: Numbers that a checkpoint holds besides.
    public func check(_ configuration: RunConfiguration, others: Int = 0) throws {
        let room = configuration.room
        guard count + others <= room.numbers else {
            throw Diagnostic(
                "configuration", "it asks for \(count + others) numbers",
                expected: "at most \(room.numbers), for which \(room.place) has room", hint: room.hint)
        }
    }

    public var count: Int { dense.reduce(0) { $0 + $1.count } + tables.reduce(0) { $0 + $1.rows * $1.width } }
}

extension ProductPrecision {
    public init(_ precision: ModelConfiguration.Precision) {
        switch precision {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        }
    }
}
