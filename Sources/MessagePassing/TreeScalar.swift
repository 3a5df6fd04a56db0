/// A kind of numbers that tree sums are made of.
public protocol TreeScalar: BitwiseCopyable {
    static var zero: Self { get }
    /// Adds `count` numbers to those at `sum`; the two do not overlap.
    static func accumulate(_ sum: UnsafeMutablePointer<Self>, _ addend: UnsafePointer<Self>, count: Int)
}

// One concrete loop for each type: a generic one called from another module would not be vectorised.
// Left and right need no telling apart, a + b and b + a are the same bits (except in NaN payloads).

extension Float: TreeScalar {
    public static func accumulate(_ sum: UnsafeMutablePointer<Float>, _ addend: UnsafePointer<Float>, count: Int) {
        for index in 0..<count { sum[index] += addend[index] }
    }
}

extension Double: TreeScalar {
    public static func accumulate(_ sum: UnsafeMutablePointer<Double>, _ addend: UnsafePointer<Double>, count: Int) {
        for index in 0..<count { sum[index] += addend[index] }
    }
}
