/// What the training data gives: the examples, and the vocabulary and labels every later text is read with.
public struct TrainingData: Sendable {
    /// Nil for numeric data.
    public let vocabulary: Vocabulary?
    public let labels: LabelSet
    public let training: EncodedCorpus
    /// Examples held out for validation; nil when there are none.
    public let heldOut: EncodedCorpus?

    /// Divides examples by their numbers.
    init(vocabulary: Vocabulary?, labels: LabelSet, all: EncodedCorpus, isHeldOut: [Bool]) {
        self.vocabulary = vocabulary
        self.labels = labels
        if isHeldOut.contains(true) {
            training = all.selecting { !isHeldOut[$0] }
            heldOut = all.selecting { isHeldOut[$0] }
        } else {
            training = all
            heldOut = nil
        }
    }
}
