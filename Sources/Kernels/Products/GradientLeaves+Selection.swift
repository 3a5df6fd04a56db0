extension GradientLeaves {
    /// The same leaves, each with only some of its positions; a leaf may be left with none and then adds zero.
    ///
    /// - Returns: The leaves, and the old position behind each new one.
    public func selecting(_ isChosen: (_ position: Int) -> Bool) -> (leaves: GradientLeaves, positions: [Int]) {
        var newBounds = [0], positions: [Int] = []
        for leaf in shards.indices {
            for position in bounds[leaf]..<bounds[leaf + 1] where isChosen(position) { positions.append(position) }
            newBounds.append(positions.count)
        }
        return (GradientLeaves(self, bounds: AlignedBuffer(newBounds)), positions)
    }
}
