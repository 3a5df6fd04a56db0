import Diagnostics

/// Shapes, types, attributes and texts.
extension PlainStructure {
    /// Types of values that are written.
    enum StoredType {
        case number(HDF5NumberKind)
        /// A reference into a heap.
        case text

        var byteCount: Int {
            switch self {
            case .number(let kind): kind.byteCount
            case .text: StoredText.referenceSize
            }
        }
    }

    /// Extents; none of a single value.
    struct Shape {
        var extents: [UInt64] = []

        /// nil: more than can be counted.
        func byteCount(each: Int) -> Int? {
            var product = UInt64(each)
            if extents.contains(0) { return 0 }
            for extent in extents {
                let (next, overflows) = product.multipliedReportingOverflow(by: extent)
                if overflows { return nil }
                product = next
            }
            return Int(exactly: product)
        }
    }

    /// A collection of texts: places and lengths by number.
    struct TextHeap {
        var texts: [Int: Int] = [:]
        /// Numbers of those that were referred to.
        var used: Set<Int> = []
    }

    /// A dataspace message of version 1; the largest extents are the extents.
    func shape(_ place: Int, _ count: Int, _ what: String) throws -> Shape {
        guard count >= 8, try source.number(place, bytes: 1, what) == 1,
            try source.number(place + 3, bytes: 1, what) == 0
        else { throw source.damaged(what, place) }
        let rank = Int(try source.number(place + 1, bytes: 1, what))
        let hasLargest = try source.number(place + 2, bytes: 1, what)
        guard rank <= 32, hasLargest <= 1, 8 + 8 * rank * Int(1 + hasLargest) <= count else {
            throw source.damaged(what, place)
        }
        let extents = try (0..<rank).map { try source.number(place + 8 + 8 * $0, bytes: 8, what) }
        if hasLargest == 1 {
            let largest = try (0..<rank).map { try source.number(place + 8 + 8 * (rank + $0), bytes: 8, what) }
            guard largest == extents else { throw source.damaged(what, place) }
        }
        return Shape(extents: extents)
    }

    /// nil: not one of those that are written.
    func storedType(_ place: Int, _ count: Int, _ what: String) throws -> StoredType? {
        let bytes = try source.slice(place, count, what)
        for kind in HDF5NumberKind.allCases where bytes.starts(with: kind.encoding) { return .number(kind) }
        return bytes.starts(with: Self.textEncoding) ? .text : nil
    }

    /// Text of variable length in UTF-8, ended by zero: a sequence of bytes.
    private static let textEncoding: [UInt8] =
        [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]

    /// An attribute message of version 1: sizes, then name, type and shape, each filled up to eight bytes, then values.
    mutating func checkAttribute(_ place: Int, _ count: Int, _ what: String) throws {
        guard count >= 8, try source.number(place, bytes: 2, what) == 1 else { throw source.damaged(what, place) }
        var next = place + 8
        let parts = try (0..<3).map { number -> (place: Int, count: Int) in
            let size = Int(try source.number(place + 2 + 2 * number, bytes: 2, what))
            defer { next += (size + 7) / 8 * 8 }
            return (next, size)
        }
        guard next <= place + count, let end = try source.slice(parts[0].place, parts[0].count, what).last, end == 0,
            try source.slice(parts[0].place, parts[0].count - 1, what).allSatisfy({ $0 != 0 }),
            let type = try storedType(parts[1].place, parts[1].count, what),
            let bytes = try shape(parts[2].place, parts[2].count, what).byteCount(each: type.byteCount),
            bytes <= place + count - next
        else { throw source.damaged(what, place) }
        if case .text = type { try checkTexts(next, bytes / type.byteCount, what) }
    }

    /// References to texts: length, place of a heap, number in it; each to a text of its own.
    mutating func checkTexts(_ place: Int, _ count: Int, _ what: String) throws {
        for reference in stride(from: place, to: place + count * StoredText.referenceSize, by: StoredText.referenceSize)
        {
            let length = try source.size(reference, bytes: 4, what), heap = try source.size(reference + 4, what)
            let number = try source.size(reference + 12, bytes: 4, what)
            guard let length, let heap, let number else { throw source.damaged(what, reference) }
            // The empty text has no place.
            if heap == 0 && length == 0 { continue }
            if heaps[heap] == nil { heaps[heap] = try textHeap(heap) }
            guard heaps[heap]?.texts[number] == length, heaps[heap]?.used.insert(number).inserted == true else {
                throw source.damaged(what, reference)
            }
        }
    }

    /// A global heap collection: signature, version, size; then numbered objects, and what is free under number 0.
    private mutating func textHeap(_ place: Int) throws -> TextHeap {
        let what = "a heap of texts"
        guard try source.slice(place, 8, what).elementsEqual(Array("GCOL".utf8) + [1, 0, 0, 0]),
            let size = try source.size(place + 8, what), size >= 4096, size % 8 == 0
        else { throw source.damaged(what, place) }
        try claim(place, size, what)
        var heap = TextHeap()
        var next = place + 16
        let end = place + size
        // Less than an object's sixteen bytes at the end is free without saying so.
        while end - next >= 16 {
            let number = Int(try source.number(next, bytes: 2, what))
            guard let count = try source.size(next + 8, what), count <= end - next else {
                throw source.damaged(what, next)
            }
            if number == 0 {
                guard count == end - next else { throw source.damaged(what, next) }
                break
            }
            guard count <= end - next - 16, heap.texts.updateValue(count, forKey: number) == nil else {
                throw source.damaged(what, next)
            }
            next += 16 + (count + 7) / 8 * 8
        }
        return heap
    }
}

extension HDF5NumberKind {
    /// The datatype message: class and version, properties, size; of integers offset and precision in bits, of floats
    /// also place and size of exponent and mantissa.
    fileprivate var encoding: [UInt8] {
        switch self {
        case .uint8: [0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]
        case .int32: [0x10, 8, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0]
        case .int64: [0x10, 8, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0]
        case .uint64: [0x10, 0, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0]
        case .float32: [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]
        case .float64: [0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0]
        }
    }
}
