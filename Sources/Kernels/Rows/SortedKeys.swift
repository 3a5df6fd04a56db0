/// The numbers of a batch in rising order, each with its place: `id << 32 | place`.
///
/// A radix sort by the id alone, stable, so that equal ids keep the order of their places; the library's sort by
/// comparison takes several times as long, in every step.
package func sortedKeys(_ ids: UnsafeBufferPointer<Int32>) -> [UInt64] {
    var largest: UInt32 = 0
    var keys = [UInt64](unsafeUninitializedCapacity: ids.count) { keys, count in
        for place in 0..<ids.count {
            let id = UInt32(bitPattern: ids[place])
            largest |= id
            keys[place] = UInt64(id) << 32 | UInt64(place)
        }
        count = ids.count
    }
    let digit = 11, digits = 1 << digit
    var other = keys
    withUnsafeTemporaryAllocation(of: Int.self, capacity: digits) { starts in
        for shift in stride(from: 0, to: UInt32.bitWidth - largest.leadingZeroBitCount, by: digit) {
            starts.initialize(repeating: 0)
            for key in keys { starts[Int(key >> UInt64(32 + shift)) & (digits - 1)] += 1 }
            var sum = 0
            for value in 0..<digits { (starts[value], sum) = (sum, sum + starts[value]) }
            for key in keys {
                let value = Int(key >> UInt64(32 + shift)) & (digits - 1)
                other[starts[value]] = key
                starts[value] += 1
            }
            swap(&keys, &other)
        }
    }
    return keys
}

/// The numbers of a batch in rising order, each once.
package func sortedOnce(_ ids: UnsafeBufferPointer<Int32>) -> [Int32] {
    var result: [Int32] = []
    for key in sortedKeys(ids) {
        let id = Int32(truncatingIfNeeded: key >> 32)
        if result.last != id { result.append(id) }
    }
    return result
}
