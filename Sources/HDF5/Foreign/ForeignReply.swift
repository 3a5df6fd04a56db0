import Foundation

/// Reads what the reading process says, and believes none of it.
struct ForeignReply: ~Copyable {
    /// Why there is no answer.
    enum Failure: Error {
        case late
        case ended
        /// Bytes that are no answer.
        case nonsense
        case refused(found: String, expected: String?, hint: String?)
    }

    private let input: Int32
    private let deadline: ContinuousClock.Instant
    private let byteLimit: Int

    /// - Parameter input: A pipe, of which this is not the owner.
    init(input: Int32, deadline: ContinuousClock.Instant, byteLimit: Int) {
        self.input = input
        self.deadline = deadline
        self.byteLimit = byteLimit
    }

    /// The next dataset, which must be of the kind asked for.
    func dataset(_ kind: ForeignDataset.Kind) throws -> ForeignDataset {
        let head: [UInt8] = try values(2)
        guard head[0] == kind.rawValue || head[0] == ForeignMessage.refusal, head[1] <= 32 else {
            throw Failure.nonsense
        }
        let extents: [Int] = try values(Int(head[1]) + 1)
        let shape = Array(extents.dropLast()), byteCount = extents.last ?? 0
        var count = 1
        for extent in shape {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !isTooLarge else { throw Failure.nonsense }
            count = product
        }
        // A text costs its length beside its bytes.
        guard (0...2 * byteLimit).contains(byteCount), count <= byteCount else { throw Failure.nonsense }
        if head[0] == ForeignMessage.refusal {
            let parts = try texts(count, byteCount).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3 else { throw Failure.nonsense }
            throw Failure.refused(
                found: parts[0], expected: parts[1].isEmpty ? nil : parts[1], hint: parts[2].isEmpty ? nil : parts[2])
        }
        switch kind {
        case .floats:
            guard byteCount == count * 4 else { throw Failure.nonsense }
            return ForeignDataset(shape: shape, values: .floats(try values(count)))
        case .integers:
            guard byteCount == count * 8 else { throw Failure.nonsense }
            return ForeignDataset(shape: shape, values: .integers(try values(count)))
        case .texts, .names:
            return ForeignDataset(shape: shape, values: .texts(try texts(count, byteCount)))
        }
    }

    private func texts(_ count: Int, _ byteCount: Int) throws -> [[UInt8]] {
        guard byteCount / 8 >= count else { throw Failure.nonsense }
        let lengths: [UInt64] = try values(count)
        var rest = UInt64(byteCount - count * 8)
        for length in lengths {
            guard length <= rest else { throw Failure.nonsense }
            rest -= length
        }
        guard rest == 0 else { throw Failure.nonsense }
        let bytes: [UInt8] = try values(byteCount - count * 8)
        var begin = 0
        return try lengths.map { length in
            let text = Array(bytes[begin..<begin + Int(length)])
            guard String(validating: text, as: UTF8.self) != nil else { throw Failure.nonsense }
            begin += text.count
            return text
        }
    }

    private func values<Value: BitwiseCopyable>(_ count: Int) throws -> [Value] {
        try [Value](unsafeUninitializedCapacity: count) { values, filled in
            try fill(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: values[..<count])))
            filled = count
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
        var filled = 0
        while filled < buffer.count {
            let left = (deadline - ContinuousClock.now).components
            guard left.seconds >= 0, left.attoseconds >= 0 else { throw Failure.late }
            var wait = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            let ready = poll(
                &wait, 1, Int32(min(left.seconds, 1_000_000) * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1))
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            let count = read(
                input, UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).baseAddress, buffer.count - filled)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure.ended }
            filled += count
        }
    }
}
