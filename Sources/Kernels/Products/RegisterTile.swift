private import CProcessor

/// The rows and vectors of columns of a register tile, as a type, so that its loops unroll.
struct TileShape<let R: Int, let C: Int> {}

/// A piece of a product whose sums stay in registers.
protocol RegisterTile {
    /// Computes `R` rows by `C` vectors of columns.
    func tile<let R: Int, let C: Int>(_: TileShape<R, C>)
}

extension RegisterTile {
    /// Computes 1 to 10 rows by one vector of columns, or by two.
    @inline(__always) func run(rows: Int, isWide: Bool) {
        switch (rows, isWide) {
        case (1, true): tile(TileShape<1, 2>())
        case (2, true): tile(TileShape<2, 2>())
        case (3, true): tile(TileShape<3, 2>())
        case (4, true): tile(TileShape<4, 2>())
        case (5, true): tile(TileShape<5, 2>())
        case (6, true): tile(TileShape<6, 2>())
        case (7, true): tile(TileShape<7, 2>())
        case (8, true): tile(TileShape<8, 2>())
        case (9, true): tile(TileShape<9, 2>())
        case (1, false): tile(TileShape<1, 1>())
        case (2, false): tile(TileShape<2, 1>())
        case (3, false): tile(TileShape<3, 1>())
        case (4, false): tile(TileShape<4, 1>())
        case (5, false): tile(TileShape<5, 1>())
        case (6, false): tile(TileShape<6, 1>())
        case (7, false): tile(TileShape<7, 1>())
        case (8, false): tile(TileShape<8, 1>())
        case (9, false): tile(TileShape<9, 1>())
        case (_, true): tile(TileShape<10, 2>())
        case (_, false): tile(TileShape<10, 1>())
        }
    }
}

/// Rows a register tile may hold: two vectors a row, the rest for weights and broadcasts.
///
/// With AVX2 a third row would leave no register for the broadcast, and products have half the speed.
var largestTile: Int { cprocessor_wide_registers == 32 ? 10 : 2 }

/// So many of the rows that are left make the next tile. Even blocks: 20 rows are 10 and 10, not 10, 9 and 1.
@inline(__always) func evenBlock(of left: Int) -> Int {
    let blocks = (left + largestTile - 1) / largestTile
    return (left + blocks - 1) / blocks
}

/// What the sums of a product's tile begin with.
enum TileOrigin<Scalar: KernelScalar> {
    case zero
    /// What the result holds.
    case accumulate
    /// The bias of the tile's first column, the same for every row.
    case bias(UnsafePointer<Scalar>)

    /// - Parameter isFirstPart: False: sums of the inputs before wait in the result.
    @inline(__always)
    init(_ start: ProductStart, _ bias: AlignedBuffer<Scalar>?, column: Int, isFirstPart: Bool) {
        switch start {
        case _ where !isFirstPart: self = .accumulate
        case .zero: self = .zero
        case .accumulate: self = .accumulate
        case .bias(let offset): self = bias.map { .bias(UnsafePointer($0.pointer + offset + column)) } ?? .zero
        }
    }
}
