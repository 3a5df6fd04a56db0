extension [Int32] {
    /// The numbers in rising order, each once.
    var sortedOnce: [Int32] {
        var result: [Int32] = []
        for number in sorted() where result.last != number { result.append(number) }
        return result
    }
}
