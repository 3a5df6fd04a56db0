/// How large a model may be, looked at before memory is taken for it.
///
/// Makes no difference between configurations: two with another room are equal.
public struct ModelRoom: Equatable, Sendable {
    /// The most numbers that a model may have.
    public let numbers: Int
    /// What has the room: `its checkpoint`, `the memory of node7`.
    public let place: String
    /// What may be done about a model that is larger.
    public let hint: String?

    public init(numbers: Int = .max, place: String = "", hint: String? = nil) {
        (self.numbers, self.place, self.hint) = (numbers, place, hint)
    }

    public static func == (_: ModelRoom, _: ModelRoom) -> Bool { true }
}
