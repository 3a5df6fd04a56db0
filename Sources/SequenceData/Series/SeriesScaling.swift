import Configuration
import Diagnostics
import Kernels

/// How the values of each series become numbers around 0 or between 0 and 1, and back.
///
///     z = (v - offset) / divisor,  v the value or its logarithm
public struct SeriesScaling: Equatable, Sendable {
    public let logarithm: Bool
    /// One for each series.
    public let offsets: [Double]
    /// One for each series, not 0.
    public let divisors: [Double]

    /// Fits the scaling.
    ///
    /// - Parameter times: The training part of the table.
    /// - Throws: `Diagnostic` with file and line where a logarithm is asked for and a value, anywhere in the table,
    ///   is not positive.
    public init(fitting table: SeriesTable, times: Range<Int>, _ configuration: ForecastConfiguration) throws {
        logarithm = configuration.logarithm
        try Self.check(table, logarithm: logarithm)
        var offsets: [Double] = [], divisors: [Double] = []
        for series in table.names.indices {
            let values = times.map { time in
                configuration.logarithm ? Double.naturalLogarithm(of: table[time, series]) : table[time, series]
            }
            var offset = 0.0, divisor = 1.0
            switch configuration.scaling {
            case .none: break
            case .minmax:
                offset = values.min() ?? 0
                divisor = (values.max() ?? 1) - offset
            case .standard:
                let count = Double(values.count)
                let mean = values.reduce(0, +) / count
                offset = mean
                divisor = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
            }
            offsets.append(offset)
            // A series that never changes is left as large as it is.
            divisors.append(divisor > 0 ? divisor : 1)
        }
        self.offsets = offsets
        self.divisors = divisors
    }

    /// A table's values as the network sees them, `[time, series]`.
    ///
    /// - Throws: `Diagnostic` as for the fit.
    public func scaled(_ table: SeriesTable) throws -> [Double] {
        try Self.check(table, logarithm: logarithm)
        let width = offsets.count
        return table.values.enumerated().map { position, value in
            ((logarithm ? Double.naturalLogarithm(of: value) : value) - offsets[position % width])
                / divisors[position % width]
        }
    }

    /// A value in the units of the file.
    public func original(_ scaled: Double, series: Int) -> Double {
        let value = scaled * divisors[series] + offsets[series]
        return logarithm ? Double.exponential(SIMD8(repeating: value))[0] : value
    }

    private static func check(_ table: SeriesTable, logarithm: Bool) throws {
        guard logarithm, let position = table.values.firstIndex(where: { $0 < .leastNormalMagnitude }) else { return }
        throw Diagnostic(
            table.place(of: position / table.names.count),
            "\(table.names[position % table.names.count]) is \(table.values[position])",
            expected: "a value above 0, since forecast.logarithm is true")
    }
}

extension SeriesScaling {
    /// Texts that read back to the bit.
    public var texts: [String] {
        [logarithm ? "logarithm" : "value"] + zip(offsets, divisors).map { "\($0) \($1)" }
    }

    /// - Returns: nil for what `texts` did not write.
    public init?(texts: [String]) {
        guard let first = texts.first, first == "logarithm" || first == "value" else { return nil }
        let pairs = texts.dropFirst().map { $0.split(separator: " ").map { Double($0) } }
        guard pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0?.isFinite == true } && $0[1] != 0 }) else {
            return nil
        }
        logarithm = first == "logarithm"
        offsets = pairs.compactMap { $0[0] }
        divisors = pairs.compactMap { $0[1] }
    }
}
