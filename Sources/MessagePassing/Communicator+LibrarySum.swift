internal import CMPI

extension Communicator {
    /// The MPI library's own sum, to compare with: its order of additions, and so its bits, depend on the ranks.
    ///
    /// The corresponding C function is `MPI_Allreduce`.
    public func librarySum(_ values: UnsafeMutableBufferPointer<Float>) throws {
        try mpi(
            "adding numbers",
            MPI_Allreduce(
                MPI_IN_PLACE, values.baseAddress, count32(values.count), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD))
    }
}
