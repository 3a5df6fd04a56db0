import Diagnostics

/// What `HDF5File` writes, and nothing else: looked through before libhdf5 sees a file.
///
/// libhdf5 1.10 crashes and hangs on damaged structures, and a digest tells only that nobody changed a file after it
/// was sealed. So the whole structure is walked here, every place and length of it: groups of hard links, contiguous
/// datasets and attributes of the types that are written, heaps of texts. Every byte belongs to one thing at most, so
/// that nothing leads in circles, and no text is there twice: nothing takes more memory than the file has bytes.
///
/// - Source: HDF5 File Format Specification 3.0: superblock version 0 (II.A), object header version 1 (IV.A.1), global
///   heap (III.E).
struct PlainStructure {
    let source: StructureBytes
    private var claims: [Range<Int>] = []
    private var claimedBytes = 0
    var heaps: [Int: TextHeap] = [:]

    /// - Parameter image: With or without a user block.
    /// - Throws: `Diagnostic` naming what cannot be read, with its place after the user block.
    static func check(_ image: UnsafeRawBufferPointer, subject: String) throws {
        let signature = superblock.prefix(8)
        let starts = [0, HDF5File.userBlockSize].filter { image.dropFirst($0).starts(with: signature) }
        guard let start = starts.first else { throw Diagnostic(subject, "is not an HDF5 file") }
        let bytes = UnsafeRawBufferPointer(rebasing: image[start...])
        var structure = PlainStructure(source: StructureBytes(bytes: bytes, subject: subject))
        try structure.walk()
    }

    private init(source: StructureBytes) { self.source = source }

    /// Signature, versions, sizes of addresses and lengths, ranks of trees that are not there, no flags, address 0.
    private static let superblock: [UInt8] =
        [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16]
        + [UInt8](repeating: 0, count: 13)
    private static let superblockSize = 96

    private mutating func walk() throws {
        let what = "the superblock"
        guard try source.slice(0, Self.superblock.count, what).elementsEqual(Self.superblock),
            try source.size(32, what) == nil, try source.size(40, what) == source.bytes.count,
            try source.size(48, what) == nil, try source.size(56, what) == 0,
            let root = try source.size(64, what), try source.number(72, bytes: 4, what) <= 1
        else { throw source.damaged(what, 0) }
        try claim(0, Self.superblockSize, what)
        var objects: [(path: String, place: Int)] = [("", root)]
        var seen: Set<Int> = [root]
        while let object = objects.popLast() {
            for link in try check(object.path, object.place) {
                let path = object.path.isEmpty ? link.name : "\(object.path)/\(link.name)"
                // A path has a length that people and systems can handle, and so have all of them together.
                guard seen.insert(link.place).inserted, path.utf8.count < 4096 else {
                    throw source.damaged("the link '\(path)'", link.place)
                }
                objects.append((path, link.place))
            }
        }
        claims.sort { $0.lowerBound < $1.lowerBound }
        for (before, after) in zip(claims, claims.dropFirst()) where after.lowerBound < before.upperBound {
            throw source.damaged("two things", after.lowerBound)
        }
    }

    /// Notes whose bytes these are.
    mutating func claim(_ place: Int, _ count: Int, _ what: String) throws {
        try source.require(place, count, what)
        claimedBytes += count
        // What overlaps is found in the end; until then no byte is looked at too often.
        guard claimedBytes <= source.bytes.count else { throw source.damaged(what, place) }
        if count > 0 { claims.append(place..<place + count) }
    }
}
