/// What a forecast looks at, what it says and how it is judged.
public struct ForecastConfiguration: Equatable, Sendable {
    /// Time steps the network reads.
    public var window = 24
    /// Time steps it forecasts.
    public var horizon = 1
    /// Time steps from one example to the next.
    public var stride = 1
    /// Time steps at the end of `data.train` held out for validation; nil: `data.validation_fraction` of them.
    public var validationSteps: Int?
    /// Time steps of a season, for the seasonal naive forecast; 1: there is none.
    public var season = 1
    public var scaling = Scaling.standard
    /// The network sees logarithms of the values, which must be positive.
    public var logarithm = false
    /// The network sees and forecasts differences from the last value of the window.
    public var relative = false
    public var output = Output.last
    public var loss = Loss.squared
    /// Of the Huber loss: larger errors count linearly; in scaled units.
    public var threshold = 1.0

    public init() {}

    /// Per series, fitted on the training part.
    public enum Scaling: String, CaseIterable, Sendable {
        /// Mean 0, standard deviation 1.
        case standard
        /// From 0 to 1.
        case minmax, none
    }

    public enum Output: String, CaseIterable, Sendable {
        /// The read-out of the whole window gives all steps of the horizon at once.
        case last
        /// Every time step of the window forecasts the horizon that follows it.
        case everyStep = "every_step"
        /// A second network unrolls the horizon from the read-out of the first.
        case decoder
    }

    public enum Loss: String, CaseIterable, Sendable { case squared, absolute, huber }
}

extension ForecastConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("window", \.window, .whole(Limits.size), "time steps the network reads"),
            Key("horizon", \.horizon, .whole(Limits.size), "time steps it forecasts"),
            Key("stride", \.stride, .whole(Limits.size), "time steps from one example to the next"),
            Key(
                "validation_steps", \.validationSteps, .optional(.whole(Limits.count)),
                "time steps at the end of train held out; null: data.validation_fraction of them"),
            Key(
                "season", \.season, .whole(Limits.size),
                "time steps of a season, for the seasonal naive forecast; 1: none"),
            Key("scaling", \.scaling, .choice, "of each series, fitted on the training part: standard, minmax or none"),
            Key("logarithm", \.logarithm, .flag, "the network sees logarithms: of series that grow by per cent"),
            Key(
                "relative", \.relative, .flag,
                "the network sees differences from the window's last value: of series with a trend"),
            Key(
                "output", \.output, .choice,
                "last (the horizon at once), every_step (after each step of the window) or decoder (unrolls the "
                    + "horizon)"
            ),
            Key("loss", \.loss, .choice, "squared, absolute or huber, of scaled values"),
            Key(
                "threshold", \.threshold, .number(above: 0, upTo: 1e9), "larger errors count linearly",
                only: .when("loss", \.loss, is: .huber)),
        ]
    }
}
