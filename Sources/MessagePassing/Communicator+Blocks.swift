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
    public func allGather<Element: BitwiseCopyable>(_ block: [Element]) throws -> [[Element]] {
        try allGather(block, counts: allGather(count: block.count))
    }

    /// Every rank receives the blocks of all ranks, by rank, where each knows how many elements every block has.
    public func allGather<Element: BitwiseCopyable>(_ block: [Element], counts: [Int]) throws -> [[Element]] {
        let stride = MemoryLayout<Element>.stride, total = counts.reduce(0, +)
        let gathered = try [Element](unsafeUninitializedCapacity: total) { elements, count in
            try block.withUnsafeBytes { block in
                try allGather(block, lengths: counts.map { $0 * stride }, into: UnsafeMutableRawBufferPointer(elements))
            }
            count = total
        }
        var start = 0
        return counts.map { count in
            defer { start += count }
            return Array(gathered[start..<start + count])
        }
    }

    /// Every rank receives the blocks of all ranks, one behind the other, by rank.
    ///
    /// - Parameter lengths: Bytes of every rank's block, the same on every rank.
    ///
    /// The corresponding C functions are `MPI_Allgather` and `MPI_Allgatherv`.
    public func allGather(
        _ block: UnsafeRawBufferPointer, lengths: [Int], into gathered: UnsafeMutableRawBufferPointer
    ) throws {
        let total = lengths.reduce(0, +)
        precondition(gathered.count >= total && block.count == lengths[rank], "blocks have the lengths that were told")
        if total == 0 { return }
        // Offsets are 32-bit numbers, so a large whole goes rank by rank.
        if total > messageLimit { return try gatherOneByOne(block, lengths, into: gathered) }
        let counts = try lengths.map(count32)
        if counts.allSatisfy({ $0 == counts[0] }) {
            // Equal lengths spare the ranks of a large run the way around all others.
            return try mpi(
                "gathering bytes",
                MPI_Allgather(
                    block.baseAddress, counts[0], MPI_BYTE, gathered.baseAddress, counts[0], MPI_BYTE, MPI_COMM_WORLD))
        }
        var starts: [Int32] = [], end: Int32 = 0
        for count in counts {
            starts.append(end)
            end += count
        }
        try mpi(
            "gathering bytes",
            MPI_Allgatherv(
                block.baseAddress, counts[rank], MPI_BYTE, gathered.baseAddress, counts, starts, MPI_BYTE,
                MPI_COMM_WORLD))
    }

    private func gatherOneByOne(
        _ block: UnsafeRawBufferPointer, _ lengths: [Int], into gathered: UnsafeMutableRawBufferPointer
    ) throws {
        var start = 0
        for (sender, length) in lengths.enumerated() {
            let part = UnsafeMutableRawBufferPointer(rebasing: gathered[start..<start + length])
            if sender == rank { part.copyMemory(from: block) }
            try broadcast(part, from: sender)
            start += length
        }
    }

    private func allGather(count: Int) throws -> [Int] {
        var own = Int64(count)
        var counts = [Int64](repeating: 0, count: size)
        try mpi("gathering lengths", MPI_Allgather(&own, 1, MPI_INT64_T, &counts, 1, MPI_INT64_T, MPI_COMM_WORLD))
        return counts.map(Int.init)
    }
}
