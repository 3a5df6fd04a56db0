/// Merges rising lists into one rising list without repeats, two by two: each id is moved log₂(lists) times.
package func sortedUnion(of lists: [[Int32]]) -> [Int32] {
    guard lists.count > 1 else { return lists.first ?? [] }
    let middle = lists.count / 2
    return merged(sortedUnion(of: Array(lists[..<middle])), sortedUnion(of: Array(lists[middle...])))
}

private func merged(_ left: [Int32], _ right: [Int32]) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: left.count + right.count) { result, count in
        var (l, r) = (0, 0)
        while l < left.count, r < right.count {
            let (a, b) = (left[l], right[r])
            result[count] = min(a, b)
            count += 1
            if a <= b { l += 1 }
            if b <= a { r += 1 }
        }
        for id in left[l...] { result[count] = id; count += 1 }
        for id in right[r...] { result[count] = id; count += 1 }
    }
}
