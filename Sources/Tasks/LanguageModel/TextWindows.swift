import Configuration
import Kernels

/// The windows that continuous text is read in, one an optimizer step.
struct TextWindows {
    /// Time steps of a window, or what random lengths are drawn about.
    private let size: Int
    private let random: RandomTruncation?
    private let seed: UInt64

    init(_ configuration: RunConfiguration, isRandom: Bool) {
        size = configuration.training.truncation ?? RunConfiguration.textWindow
        random = isRandom ? configuration.training.randomTruncation : nil
        seed = configuration.seed
    }

    /// What a window's length is compared with when its learning rate is chosen; nil: windows are alike.
    var fullLength: Int? { random == nil ? nil : size }

    /// The windows of an epoch, in order; the last one ends with the text, however short it is.
    ///
    /// A random length is normal about `size`, or for some windows about half of it: a text is cut at other places in
    /// each epoch, and no token is always the first to have no gradient from those before.
    ///
    /// - Parameter length: Time steps of each stream.
    /// - Source: Merity, Keskar & Socher 2018, section 5.
    func windows(of length: Int, epoch: Int) -> [Range<Int>] {
        var windows: [Range<Int>] = [], start = 0
        while start < length {
            let end = min(length, start + steps(window: windows.count, epoch: epoch))
            windows.append(start..<end)
            start = end
        }
        return windows
    }

    private func steps(window: Int, epoch: Int) -> Int {
        guard let random else { return size }
        let stream = RandomStream(seed: seed, purpose: .windowLength)
        let element = UInt64(epoch) << 32 | UInt64(window)
        let mean = stream.uniform(element, 1) < random.half ? Double(size) / 2 : Double(size)
        return Int(min(max(mean + random.deviation * stream.normal(element), Double(random.minimum)), 2 * Double(size)))
    }
}
