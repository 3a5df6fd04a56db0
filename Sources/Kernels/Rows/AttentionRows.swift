/// Which rows look at which sequence: every row of a target at all time steps of its source sequence.
///
/// Work is cut along source sequences: the rows that look at one sequence lie on one thread, so that its time steps
/// stay in the cache and no two threads add to the same row.
public struct AttentionRows: Sendable {
    public let source: PackedSequences
    /// Rows of the target.
    public let count: Int
    /// The rows that look at source sequence `e`: `rows[bounds[e] ..< bounds[e + 1]]`, rising.
    let rows: AlignedBuffer<Int32>
    let bounds: [Int]

    /// - Parameter sequenceOfRow: For each row of the target the packed source sequence it looks at.
    public init(source: PackedSequences, sequenceOfRow: [Int]) {
        precondition(
            sequenceOfRow.allSatisfy { $0 >= 0 && $0 < source.sequences }, "a row looks at a sequence that is there")
        var bounds = [Int](repeating: 0, count: source.sequences + 1)
        for sequence in sequenceOfRow { bounds[sequence + 1] += 1 }
        for sequence in 0..<source.sequences { bounds[sequence + 1] += bounds[sequence] }
        var next = bounds
        let rows = AlignedBuffer<Int32>(count: sequenceOfRow.count)
        for (row, sequence) in sequenceOfRow.enumerated() {
            rows.pointer[next[sequence]] = Int32(truncatingIfNeeded: row)
            next[sequence] += 1
        }
        self.source = source
        self.rows = rows
        self.bounds = bounds
        count = sequenceOfRow.count
    }

    /// Time steps of the longest source: columns of scores and weights.
    public var steps: Int { source.steps }

    /// Calls `body` for each row that looks at one of `sequences`, with its sequence.
    @inline(__always)
    func forEachRow(of sequences: Range<Int>, _ body: (_ row: Int, _ sequence: Int, _ length: Int) -> Void) {
        for sequence in sequences {
            let length = source.lengths[sequence]
            for position in bounds[sequence]..<bounds[sequence + 1] {
                body(Int(rows.pointer[position]), sequence, length)
            }
        }
    }

    /// The source row of a time step.
    @inline(__always) func sourceRow(_ time: Int, _ sequence: Int) -> Int { source.offsets[time] &+ sequence }
}
