extension Tensorboard_HistogramProto {
    /// Counts of numbers in buckets of one width from the least to the greatest.
    ///
    /// - Parameter factor: What the numbers are multiplied by; positive.
    /// - Returns: nil: there is nothing to draw, or a number is not finite.
    init?(_ values: UnsafeBufferPointer<Float>, times factor: Double, buckets: Int = 64) {
        guard var least = values.first else { return nil }
        var greatest = least
        var sums = (0.0, 0.0)
        for value in values {
            least = Swift.min(least, value)
            greatest = Swift.max(greatest, value)
            sums.0 += Double(value)
            sums.1 += Double(value) * Double(value)
        }
        // Of numbers that are not all finite the sum of squares is not.
        guard sums.1.isFinite else { return nil }
        let width = (Double(greatest) - Double(least)) / Double(buckets)
        var counts = [Double](repeating: 0, count: width > 0 ? buckets : 1)
        for value in values {
            let place = width > 0 ? (Double(value) - Double(least)) / width : 0
            counts[Swift.min(Int(place), counts.count - 1)] += 1
        }
        self.init()
        min = Double(least) * factor
        max = Double(greatest) * factor
        num = Double(values.count)
        (sum, sumSquares) = (sums.0 * factor, sums.1 * factor * factor)
        bucket = counts
        bucketLimit = counts.indices.map { $0 + 1 == counts.count ? max : min + Double($0 + 1) * width * factor }
    }
}
