/// Which rows of a matrix a kernel visits: `count` of them, consecutive or through an index.
public struct RowSelection: Sendable {
    public let first: Int
    public let count: Int
    /// nil: rows `first ..< first + count`; else rows `index[first ..< first + count]`.
    public let index: AlignedBuffer<Int32>?

    public init(first: Int = 0, count: Int, index: AlignedBuffer<Int32>? = nil) {
        self.first = first
        self.count = count
        self.index = index
    }

    public static func all(_ count: Int) -> RowSelection { RowSelection(count: count) }

    public static func range(_ range: Range<Int>) -> RowSelection {
        RowSelection(first: range.lowerBound, count: range.count)
    }

    public static func indexed(_ index: AlignedBuffer<Int32>) -> RowSelection {
        RowSelection(count: index.count, index: index)
    }

    /// A part of the selection.
    @inline(__always) public func part(_ range: Range<Int>) -> RowSelection {
        RowSelection(first: first + range.lowerBound, count: range.count, index: index)
    }

    @inline(__always) func row(_ i: Int) -> Int {
        if let index { return Int(index.pointer[first &+ i]) }
        return first &+ i
    }
}
