/// Gives each distinct byte string a number, in the order of first sight.
///
/// All strings lie in one arena, found by open addressing: a dictionary of `String` would cost an allocation per
/// entry and compare by canonical equivalence, where `e\u{301}` and `é` are one key.
package struct ByteStringTable: Sendable {
    /// The strings one after the other.
    private var arena: [UInt8] = []
    /// String `i` ends before `ends[i]` and begins where the one before ends.
    private var ends: [Int] = []
    private var hashes: [UInt32] = []
    /// Number of a string plus one; 0 where the slot is free. A power of two, at most three quarters full.
    private var slots = [UInt32](repeating: 0, count: 64)

    package init() {}

    package var count: Int { ends.count }

    /// The number of a string; a new one is added.
    package mutating func intern(_ bytes: borrowing Span<UInt8>) -> Int {
        let hash = Self.hash(bytes)
        let slot = self.slot(of: bytes, hash: hash)
        if slots[slot] != 0 { return Int(slots[slot]) - 1 }
        for index in 0..<bytes.count { arena.append(bytes[index]) }
        ends.append(arena.count)
        hashes.append(hash)
        slots[slot] = UInt32(ends.count)
        if ends.count * 4 > slots.count * 3 { grow() }
        return ends.count - 1
    }

    /// The number of a string that is there.
    package func find(_ bytes: borrowing Span<UInt8>) -> Int? {
        let found = slots[slot(of: bytes, hash: Self.hash(bytes))]
        return found == 0 ? nil : Int(found) - 1
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

    /// The slot that holds a string, or the free one where it belongs.
    private func slot(of bytes: borrowing Span<UInt8>, hash: UInt32) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, bytes.equals(arena.span.extracting(range(of: number))) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for number in hashes.indices {
            var slot = Int(hashes[number]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
    }

    /// FNV-1a with its upper half folded in; the order of slots shows nowhere, so it need not be secret or seeded.
    private static func hash(_ bytes: borrowing Span<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<bytes.count { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}

extension ByteStringTable: Equatable {
    /// The same strings with the same numbers.
    package static func == (left: Self, right: Self) -> Bool { left.ends == right.ends && left.arena == right.arena }
}
