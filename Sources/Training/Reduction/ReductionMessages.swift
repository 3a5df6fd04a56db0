import RecurrentNetworks

/// How gradients are cut into messages for the sum over ranks.
///
/// The gradients of a stage are complete while those of the stages below are still being computed. They leave then,
/// several stages together where one would be short. The cut follows from the layout alone, so that it is the same on
/// every rank.
package struct ReductionMessages {
    /// What leaves early: places in the flat gradient buffer, and the stages that must be complete.
    package struct Message {
        package var ranges: [Range<Int>] = []
        package var stages: [Int] = []
    }

    /// In the order in which they leave.
    package private(set) var early: [Message] = []
    /// What is left at the end of the backward pass.
    package private(set) var rest: [Range<Int>]

    /// Numbers of a message, at least: a message costs some microseconds more than its bytes.
    package static let shortest = 1 << 18

    package init(_ layout: ParameterLayout, shortest: Int = ReductionMessages.shortest) {
        let tiedRanges = layout.tiedRanges
        var message = Message(), count = 0
        // The first stage's are complete when all are.
        for stage in layout.stages.dropFirst().reversed() {
            let ranges = stage.ranges(tiedRanges)
            message.ranges += ranges
            message.stages.append(stage.number)
            count += ranges.reduce(0) { $0 + $1.count }
            if count >= shortest {
                early.append(message)
                (message, count) = (Message(), 0)
            }
        }
        rest = []
        var end = 0
        for range in early.flatMap(\.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if end < range.lowerBound { rest.append(end..<range.lowerBound) }
            end = range.upperBound
        }
        if end < layout.gradientCount { rest.append(end..<layout.gradientCount) }
    }
}
