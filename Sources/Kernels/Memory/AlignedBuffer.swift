internal import CProcessor

/// Owned memory for the kernels: aligned to a cache line, zero at first, with readable slack at the end.
///
/// A reference type: views (`Matrix`) share it, nothing is copied on write.
public final class AlignedBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// Bytes past the end that a vector load may touch.
    static var slack: Int { 256 }

    public let count: Int
    package let pointer: UnsafeMutablePointer<Element>

    /// `count` elements, all bits zero.
    public convenience init(count: Int) {
        self.init(reserving: count)
        clear()
    }

    /// `count` elements of which nothing is known; only the slack is zero.
    private init(reserving count: Int) {
        precondition(count >= 0, "a buffer cannot have a negative size")
        self.count = count
        let used = count * MemoryLayout<Element>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: used + Self.slack, alignment: 64)
        if used >= 4 << 20 { cprocessor_use_huge_pages(raw, used) }
        (raw + used).initializeMemory(as: UInt8.self, repeating: 0, count: Self.slack)
        pointer = raw.bindMemory(to: Element.self, capacity: count)
    }

    public convenience init(_ elements: some Collection<Element>) {
        self.init(count: elements.count)
        var i = 0
        for element in elements {
            pointer[i] = element
            i += 1
        }
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index out of the buffer")
            return pointer[index]
        }
        set {
            precondition(index >= 0 && index < count, "index out of the buffer")
            pointer[index] = newValue
        }
    }

    /// The elements, for hashing, writing and tests.
    public var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: pointer, count: count) }

    /// The elements, for reading a file or a message into.
    public var mutableElements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }

    public func copy() -> AlignedBuffer<Element> {
        let other = AlignedBuffer<Element>(reserving: count)
        other.take(self)
        return other
    }

    /// Takes over the elements of a buffer of the same size.
    public func take(_ other: AlignedBuffer<Element>) {
        precondition(count == other.count, "buffers must be of one size")
        pointer.update(from: other.pointer, count: count)
    }

    /// All bits zero.
    public func clear() { clear(0..<count) }

    public func clear(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of the buffer")
        UnsafeMutableRawPointer(pointer + range.lowerBound)
            .initializeMemory(as: UInt8.self, repeating: 0, count: range.count * MemoryLayout<Element>.stride)
    }
}
