/// What an exchange of messages between two ranks takes, by its bytes: straight lines between measured points.
package struct LinkSpeed: Equatable, Sendable {
    /// Rising in bytes; at least one.
    package private(set) var points: [(bytes: Double, seconds: Double)]

    /// - Parameter points: Bytes each of both ranks sends, and seconds until both have the other's; at least one.
    package init(_ points: [(bytes: Int, seconds: Double)]) {
        precondition(!points.isEmpty, "a speed wants a measurement")
        self.points = points.map { (Double($0.bytes), $0.seconds) }.sorted { $0.bytes < $1.bytes }
        // Noise must not make a longer message cheaper than a shorter one.
        for i in self.points.indices.dropFirst() {
            self.points[i].seconds = max(self.points[i].seconds, self.points[i - 1].seconds)
        }
    }

    /// - Parameters:
    ///   - latency: Seconds of the shortest message.
    ///   - bandwidth: Bytes a second in each direction.
    package init(latency: Double, bandwidth: Double) {
        let bytes = 1 << 30
        self.init([(0, latency), (bytes, latency + Double(bytes) / bandwidth)])
    }

    package var latency: Double { points[0].seconds }

    package func seconds(_ bytes: Double) -> Double {
        guard let above = points.firstIndex(where: { $0.bytes >= bytes }) else {
            guard let last = points.last else { return 0 }
            // Beyond the longest one measured: as many bytes a second as there.
            return last.seconds * (last.bytes > 0 ? bytes / last.bytes : 1)
        }
        guard above > 0 else { return latency }
        let (low, high) = (points[above - 1], points[above])
        return low.seconds + (high.seconds - low.seconds) * (bytes - low.bytes) / (high.bytes - low.bytes)
    }

    package static func == (left: LinkSpeed, right: LinkSpeed) -> Bool {
        left.points.elementsEqual(right.points) { $0 == $1 }
    }
}
