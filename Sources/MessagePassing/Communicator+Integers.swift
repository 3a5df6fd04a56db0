internal import CMPI
import Diagnostics

/// Collectives on integers, whose results depend on no order. Floating-point sums go through `TreeReduction`.
extension Communicator {
    /// Waits until every rank is here.
    ///
    /// The corresponding C function is `MPI_Barrier`.
    public func barrier() throws {
        try mpi("waiting for all ranks", MPI_Barrier(MPI_COMM_WORLD))
    }

    /// Replaces each element by its sum over all ranks; overflow wraps.
    ///
    /// The corresponding C function is `MPI_Allreduce`.
    public func sum(_ values: inout [Int64]) throws { try combine(&values, MPI_SUM, "adding integers") }

    /// Replaces each element by the largest of all ranks.
    ///
    /// The corresponding C function is `MPI_Allreduce`.
    public func maximum(_ values: inout [Int64]) throws {
        try combine(&values, MPI_MAX, "finding the largest integers")
    }

    /// Replaces each element by the bitwise or of all ranks.
    ///
    /// The corresponding C function is `MPI_Allreduce`.
    public func bitwiseOr(_ values: inout [Int64]) throws { try combine(&values, MPI_BOR, "joining bits") }

    /// All ranks pass arrays of one length.
    private func combine(_ values: inout [Int64], _ operation: MPI_Op, _ name: String) throws {
        // Not in place: where the caller's array was a literal, the compiler (Swift 6.3) takes its elements for what
        // they were before a call that changes them through a pointer.
        var combined = [Int64](repeating: 0, count: values.count)
        try values.withUnsafeBufferPointer { values in
            try combined.withUnsafeMutableBufferPointer { combined in
                for piece in pieces(values.count * MemoryLayout<Int64>.stride) {
                    let start = piece.lowerBound / MemoryLayout<Int64>.stride
                    let count = try count32(piece.count / MemoryLayout<Int64>.stride)
                    guard let source = values.baseAddress, let target = combined.baseAddress else { return }
                    try mpi(
                        name,
                        MPI_Allreduce(source + start, target + start, count, MPI_INT64_T, operation, MPI_COMM_WORLD))
                }
            }
        }
        values = combined
    }

    /// Cuts a number of bytes into ranges of messages, at multiples of 8.
    func pieces(_ byteCount: Int) -> some Sequence<Range<Int>> {
        let limit = max(8, messageLimit & ~7)
        // Not a list: that would be one for each short message.
        return stride(from: 0, to: byteCount, by: limit).lazy.map { $0..<min($0 + limit, byteCount) }
    }

    /// A count as MPI takes it.
    func count32(_ count: Int) throws -> Int32 {
        guard let count = Int32(exactly: count) else {
            throw Diagnostic("MPI", "a message has \(count) elements", expected: "at most \(Int32.max)")
        }
        return count
    }
}
