import Kernels

extension [Int32] {
    /// The numbers in rising order, each once; none is negative.
    var sortedOnce: [Int32] { withUnsafeBufferPointer { Kernels.sortedOnce($0) } }
}
