import HDF5

/// One way to damage a file, told by a seed and a number.
struct Corruption {
    private(set) var name = ""
    private var state: UInt64

    init(seed: UInt64, number: Int) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: number) &* 0xD1B5_4A32_D192_ED03
        _ = random()
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(random() % UInt64(max(bound, 1))) }

    /// - Parameter start: First byte that may change.
    mutating func apply(to bytes: inout [UInt8], from start: Int) {
        let original = bytes
        repeat {
            bytes = original
            for _ in 0...(below(4) == 0 ? below(4) : 0) { change(&bytes, start) }
        } while bytes == original
    }

    /// Has the superblock state the length that the HDF5 data has.
    func repairLength(of bytes: inout [UInt8]) {
        let place = HDF5File.userBlockSize + 40
        guard bytes.count >= place + 8 else { return }
        let length = UInt64(bytes.count - HDF5File.userBlockSize)
        for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: length >> UInt64(8 * index)) }
    }

    private mutating func change(_ bytes: inout [UInt8], _ start: Int) {
        guard bytes.count > start + 16 else { return bytes.append(1) }
        let count = 1 + below(min(1 << below(13), bytes.count - start))
        let place = start + below(bytes.count - start - count + 1)
        let other = start + below(bytes.count - start - count + 1)
        switch below(12) {
        case 0...2:
            name = "flipped bits"
            for _ in 0...below(8) { bytes[start + below(bytes.count - start)] ^= 1 << UInt8(below(8)) }
        case 3:
            name = "truncated"
            bytes.removeLast(count)
        case 4:
            name = "swapped blocks"
            let block = Array(bytes[place..<place + count])
            bytes.replaceSubrange(place..<place + count, with: bytes[other..<other + count])
            bytes.replaceSubrange(other..<other + count, with: block)
        case 5:
            name = "a block twice"
            bytes.replaceSubrange(place..<place + count, with: Array(bytes[other..<other + count]))
        case 6:
            name = "a block of zeros"
            for index in place..<place + count { bytes[index] = 0 }
        case 7:
            name = "appended bytes"
            for _ in 0..<count { bytes.append(UInt8(below(256))) }
        case 8:
            name = "inserted or missing bytes"
            if below(2) == 0 { bytes.removeSubrange(place..<place + count) } else {
                bytes.insert(contentsOf: bytes[other..<other + count], at: place)
            }
        default:
            name = "a changed number"
            let width = [1, 2, 4, 8][below(4)]
            let aligned = start + below((bytes.count - start - 8) / 8) * 8 + (width < 8 ? below(8 / width) * width : 0)
            var value = bytes[aligned..<aligned + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            switch below(6) {
            case 0: value = 0
            case 1: value = .max
            case 2: value &+= 1
            case 3: value &-= 1
            case 4: value = UInt64(bytes.count) &- UInt64(below(64))
            default: value = 1 << UInt64(below(64))
            }
            for index in 0..<width { bytes[aligned + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
        }
    }
}
