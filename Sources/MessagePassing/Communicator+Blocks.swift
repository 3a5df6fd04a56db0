internal import CMPI
import Diagnostics

/// Blocks of bytes, of any length on each rank.
extension Communicator {
    /// Gives every rank the bytes of one.
    ///
    /// - Parameters:
    ///   - bytes: Read at `root` only.
    ///   - root: The rank that has the bytes.
    ///
    /// The corresponding C function is `MPI_Bcast`.
    public func broadcast(_ bytes: [UInt8], from root: Int) throws -> [UInt8] {
        var length = Int64(bytes.count)
        try withUnsafeMutableBytes(of: &length) { try broadcast($0, from: root) }
        var received = rank == root ? bytes : [UInt8](repeating: 0, count: Int(length))
        try received.withUnsafeMutableBytes { try broadcast($0, from: root) }
        return received
    }

    /// Gives every rank the bytes of one, in place; the length is the same everywhere.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
        let source = try count32(root)
        for piece in pieces(bytes.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[piece])
            try mpi(
                "broadcasting bytes", MPI_Bcast(part.baseAddress, count32(part.count), MPI_BYTE, source, MPI_COMM_WORLD)
            )
        }
    }

    /// Every rank receives the blocks of all ranks, by rank: bytes, or numbers as they lie in memory.
    ///
    /// The corresponding C function is `MPI_Allgatherv`.
    public func allGather<Element: BitwiseCopyable>(_ block: [Element]) throws -> [[Element]] {
        try allGather(block, counts: allGather(count: block.count))
    }

    /// Every rank receives the blocks of all ranks, by rank, where each knows how many elements every block has.
    public func allGather<Element: BitwiseCopyable>(_ block: [Element], counts: [Int]) throws -> [[Element]] {
        let stride = MemoryLayout<Element>.stride, lengths = counts.map { $0 * stride }
        // Offsets are 32-bit numbers, so a large whole goes rank by rank.
        let gathered = lengths.reduce(0, +) <= messageLimit
            ? try gatherAtOnce(block, lengths) : try gatherOneByOne(block, lengths)
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return [Element](unsafeUninitializedCapacity: length / stride) { elements, count in
                let bytes = UnsafeMutableRawBufferPointer(elements)
                if length > 0 { bytes.copyBytes(from: gathered[start..<start + length]) }
                count = length / stride
            }
        }
    }

    private func allGather(count: Int) throws -> [Int] {
        var own = Int64(count)
        var counts = [Int64](repeating: 0, count: size)
        try mpi("gathering lengths", MPI_Allgather(&own, 1, MPI_INT64_T, &counts, 1, MPI_INT64_T, MPI_COMM_WORLD))
        return counts.map(Int.init)
    }

    private func gatherAtOnce<Element: BitwiseCopyable>(_ block: [Element], _ lengths: [Int]) throws -> [UInt8] {
        var gathered = [UInt8](repeating: 0, count: lengths.reduce(0, +))
        var starts: [Int32] = []
        var total: Int32 = 0
        for length in lengths {
            starts.append(total)
            total += try count32(length)
        }
        let counts = try lengths.map(count32)
        if Set(counts).count == 1 {
            // Equal lengths spare the ranks of a large run the way around all others.
            try block.withUnsafeBytes {
                try mpi(
                    "gathering bytes",
                    MPI_Allgather($0.baseAddress, counts[0], MPI_BYTE, &gathered, counts[0], MPI_BYTE, MPI_COMM_WORLD))
            }
            return gathered
        }
        try block.withUnsafeBytes { block in
            try mpi(
                "gathering bytes",
                MPI_Allgatherv(
                    block.baseAddress, counts[rank], MPI_BYTE, &gathered, counts, starts, MPI_BYTE, MPI_COMM_WORLD))
        }
        return gathered
    }

    private func gatherOneByOne<Element: BitwiseCopyable>(_ block: [Element], _ lengths: [Int]) throws -> [UInt8] {
        var gathered = [UInt8](repeating: 0, count: lengths.reduce(0, +))
        var start = 0
        for (sender, length) in lengths.enumerated() {
            try gathered.withUnsafeMutableBytes { gathered in
                let part = UnsafeMutableRawBufferPointer(rebasing: gathered[start..<start + length])
                if sender == rank { block.withUnsafeBytes { part.copyMemory(from: $0) } }
                try broadcast(part, from: sender)
            }
            start += length
        }
        return gathered
    }
}
