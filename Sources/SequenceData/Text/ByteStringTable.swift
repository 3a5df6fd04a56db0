/// Gives each distinct byte string a number, in the order of first sight.
///
/// All strings lie in one arena, found by open addressing: a dictionary of `String` would cost an allocation per
/// entry and compare by canonical equivalence, where `e\u{301}` and `é` are one key.
package struct ByteStringTable: Sendable {
    /// The strings one after the other.
    private(set) var arena: [UInt8] = []
    /// String `i` ends before `ends[i]` and begins where the one before ends.
    private(set) var ends: [Int] = []
    /// Count: a power of two, at most half of them taken.
    private var slots = [Slot](repeating: Slot(), count: 64)

    /// What tells a string from others with as few visits to memory as possible: looking up tokens is what loading
    /// text spends its time on, and most words need no byte of the arena to be compared.
    private struct Slot: Equatable {
        /// The first eight bytes, the first one lowest, zeros behind a shorter string.
        var prefix: UInt64 = 0
        /// The length up to 255 in the lowest byte, bits of the hash above.
        var tag: UInt32 = 0
        /// Number of the string plus one; 0: the slot is free.
        var mark: UInt32 = 0

        /// Whether prefix and tag settle that two strings are equal, when they agree.
        var isWhole: Bool { tag & 0xFF <= 8 }
        var number: Int { Int(mark) - 1 }
    }

    package init() {}

    package var count: Int { ends.count }

    /// The number of a string; a new one is added.
    package mutating func intern(_ bytes: borrowing Span<UInt8>) -> Int {
        let (key, hash) = Self.key(of: bytes)
        let index = self.index(of: bytes, key, hash)
        if slots[index].mark != 0 { return slots[index].number }
        for index in 0..<bytes.count { arena.append(bytes[index]) }
        ends.append(arena.count)
        slots[index] = key
        slots[index].mark = UInt32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    /// The number of a string that is there.
    package func find(_ bytes: borrowing Span<UInt8>) -> Int? {
        let (key, hash) = Self.key(of: bytes)
        let found = slots[index(of: bytes, key, hash)]
        return found.mark == 0 ? nil : found.number
    }

    /// Calls `body` with the bytes of string `number`.
    package func withBytes<Result>(of number: Int, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        try body(arena.span.extracting(range(of: number)))
    }

    /// String `number` as text; bytes that are not UTF-8 become U+FFFD.
    package func text(of number: Int) -> String { withBytes(of: number) { $0.text } }

    /// Whether string `left` comes before string `right` in byte order.
    package func precedes(_ left: Int, _ right: Int) -> Bool {
        let bytes = arena.span
        let (left, right) = (range(of: left), range(of: right))
        for offset in 0..<min(left.count, right.count) {
            let (a, b) = (bytes[left.lowerBound + offset], bytes[right.lowerBound + offset])
            if a != b { return a < b }
        }
        return left.count < right.count
    }

    private func range(of number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

    /// Index of the slot that holds a string, or of the free one where it belongs.
    private func index(of bytes: borrowing Span<UInt8>, _ key: Slot, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot.mark == 0 { return index }
            if slot.prefix == key.prefix, slot.tag == key.tag,
                key.isWhole || bytes.equals(arena.span.extracting(range(of: slot.number)))
            {
                return index
            }
            index = (index + 1) & mask
        }
    }

    private mutating func grow() {
        slots = [Slot](repeating: Slot(), count: slots.count * 2)
        let mask = slots.count - 1
        for number in ends.indices {
            var (slot, hash) = withBytes(of: number) { Self.key(of: $0) }
            slot.mark = UInt32(number + 1)
            var index = Int(truncatingIfNeeded: hash) & mask
            while slots[index].mark != 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
    }

    /// The slot of a string, not yet marked, and its hash: FNV-1a with its upper half folded in. The order of slots
    /// shows nowhere, so the hash need not be secret or seeded.
    private static func key(of bytes: borrowing Span<UInt8>) -> (slot: Slot, hash: UInt64) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var prefix: UInt64 = 0
        for index in 0..<bytes.count {
            let byte = UInt64(bytes[index])
            if index < 8 { prefix |= byte << UInt64(8 * index) }
            hash = (hash ^ byte) &* 0x100_0000_01B3
        }
        let tag = UInt32(truncatingIfNeeded: hash >> 40) << 8 | UInt32(min(bytes.count, 255))
        return (Slot(prefix: prefix, tag: tag), hash ^ (hash >> 32))
    }
}

extension ByteStringTable: Equatable {
    /// The same strings with the same numbers.
    package static func == (left: Self, right: Self) -> Bool { left.ends == right.ends && left.arena == right.arena }
}
