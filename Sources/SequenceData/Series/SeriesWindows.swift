import Configuration
import Diagnostics

/// The examples in a part of a table: each reads `window` time steps and forecasts the `horizon` that follow.
public struct SeriesWindows: Equatable, Sendable {
    public let window: Int
    public let horizon: Int
    /// The first forecast time of each example.
    public let origins: [Int]

    /// - Parameters:
    ///   - targets: All forecast times lie in it; what is read may lie before.
    ///   - source: File for messages.
    ///   - purpose: `training` or `validation`, for messages.
    /// - Throws: `Diagnostic` where not one example fits.
    public init(_ configuration: ForecastConfiguration, targets: Range<Int>, source: String, purpose: String) throws {
        window = configuration.window
        horizon = configuration.horizon
        origins = Array(
            stride(from: max(window, targets.lowerBound), through: targets.upperBound - horizon, by: configuration.stride))
        guard origins.isEmpty else { return }
        let needed = targets.lowerBound >= window ? horizon : window + horizon
        throw Diagnostic(
            source, "\(Self.tooFew(targets.count)) for \(purpose)",
            expected: "at least \(needed) (forecast.window \(window), forecast.horizon \(horizon))")
    }

    /// The window that ends with the table.
    ///
    /// - Throws: `Diagnostic` where the table is shorter than the window.
    public init(endOf table: SeriesTable, _ configuration: ForecastConfiguration) throws {
        window = configuration.window
        horizon = configuration.horizon
        origins = [table.count]
        guard table.count < window else { return }
        throw Diagnostic(
            table.source, "\(Self.tooFew(table.count)) for a forecast",
            expected: "at least \(window) (forecast.window)")
    }

    /// The part of a table to train on and the tail held out.
    ///
    /// - Returns: The number of time steps in the first part.
    /// - Throws: `Diagnostic` where nothing would be left to train on.
    public static func trainingSteps(
        _ configuration: ForecastConfiguration, fraction: Double, of count: Int, source: String
    ) throws -> Int {
        let held = configuration.validationSteps ?? Int((Double(count) * fraction).rounded())
        guard held < count else {
            throw Diagnostic(
                source, "has \(count.counted("time step")), of which \(held) are held out (forecast.validation_steps)",
                expected: "some to train on")
        }
        return count - held
    }

    private static func tooFew(_ count: Int) -> String {
        count == 1 ? "1 time step is too few" : "\(count) time steps are too few"
    }
}
