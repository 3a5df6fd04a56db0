/// Memory that is kept from use to use; what it held is lost.
final class KeptMemory {
    private var start = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    private var size = 64

    deinit { start.deallocate() }

    /// Room for so many numbers.
    func reserve<Scalar>(_ count: Int, of: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
        let byteCount = count * MemoryLayout<Scalar>.stride
        if size < byteCount {
            start.deallocate()
            start = .allocate(byteCount: byteCount, alignment: 64)
            size = byteCount
        }
        return start.bindMemory(to: Scalar.self, capacity: count)
    }
}
