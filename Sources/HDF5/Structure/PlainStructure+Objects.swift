import Diagnostics

/// Groups and datasets.
extension PlainStructure {
    /// Kinds of messages of an object's header.
    private enum Kind {
        static let nothing: UInt64 = 0x00, dataspace: UInt64 = 0x01, linkInfo: UInt64 = 0x02, datatype: UInt64 = 0x03
        static let fillValue: UInt64 = 0x05, link: UInt64 = 0x06, externals: UInt64 = 0x07, layout: UInt64 = 0x08
        static let groupInfo: UInt64 = 0x0A, filters: UInt64 = 0x0B, attribute: UInt64 = 0x0C
        static let continuation: UInt64 = 0x10
    }

    private struct Message {
        var kind: UInt64, place: Int, count: Int
    }

    /// Looks through one object.
    ///
    /// - Returns: What a group leads to.
    mutating func check(_ path: String, _ place: Int) throws -> [(name: String, place: Int)] {
        let what = "the header of '\(path)'"
        var links: [(name: String, place: Int)] = []
        var single: [UInt64: Message] = [:]
        var names: Set<[UInt8]> = []
        for message in try messages(what, place) {
            switch message.kind {
            case Kind.link:
                let link = try link(message.place, message.count, path)
                guard names.insert(Array(link.name.utf8)).inserted else { throw source.damaged(what, message.place) }
                links.append(link)
            case Kind.attribute:
                try checkAttribute(message.place, message.count, what)
            case Kind.dataspace, Kind.linkInfo, Kind.datatype, Kind.fillValue, Kind.layout, Kind.groupInfo:
                guard single.updateValue(message, forKey: message.kind) == nil else {
                    throw source.damaged(what, message.place)
                }
            case Kind.externals, Kind.filters:
                throw notPlain(path)
            default:
                throw source.damaged(what, message.place)
            }
        }
        if let info = single[Kind.linkInfo] {
            // Version, whether links have an order (then a number that the next one gets), and where many links would
            // lie apart: nowhere.
            let hasOrder = try source.number(info.place + 1, bytes: 1, what)
            let next = info.place + 2 + 8 * Int(hasOrder)
            guard single.keys.allSatisfy({ $0 == Kind.linkInfo || $0 == Kind.groupInfo }), hasOrder <= 1,
                info.count >= 18 + 8 * Int(hasOrder), try source.number(info.place, bytes: 1, what) == 0,
                try isPlain(single[Kind.groupInfo], what)
            else { throw source.damaged(what, place) }
            guard try source.size(next, what) == nil, try source.size(next + 8, what) == nil else {
                throw Diagnostic(
                    source.subject, "group '\(path)' keeps its items in a heap",
                    expected: "items in the group itself, however many, as rnn-dist writes them",
                    hint: "another program or an early rnn-dist wrote it: use that one to go on with it")
            }
            return links
        }
        guard links.isEmpty, let space = single[Kind.dataspace], let type = single[Kind.datatype],
            let fill = single[Kind.fillValue], let layout = single[Kind.layout], single.count == 4
        else { throw source.damaged(what, place) }
        try checkFillValue(fill, what)
        try checkDataset(path, space, type, layout)
        return []
    }

    /// The messages of an object, block after block.
    private mutating func messages(_ what: String, _ place: Int) throws -> [Message] {
        // Version and a zero, number of messages, number of links to the object, bytes of the first block.
        guard try source.number(place, bytes: 2, what) == 1, try source.number(place + 4, bytes: 4, what) == 1,
            let size = try source.size(place + 8, bytes: 4, what)
        else { throw source.damaged(what, place) }
        let count = try source.number(place + 2, bytes: 2, what)
        try claim(place, 16 + size, what)
        var blocks = [(place: place + 16, count: size)], messages: [Message] = [], left = Int(count), next = 0
        while next < blocks.count {
            let block = blocks[next]
            next += 1
            var place = block.place
            let end = block.place + block.count
            while place < end {
                guard end - place >= 8, left > 0, let size = try source.size(place + 2, bytes: 2, what),
                    size <= end - place - 8, size % 8 == 0,
                    // Flags: constant or not; then zeros.
                    try source.number(place + 4, bytes: 4, what) <= 1
                else { throw source.damaged(what, place) }
                let message = Message(kind: try source.number(place, bytes: 2, what), place: place + 8, count: size)
                left -= 1
                place += 8 + size
                if message.kind == Kind.continuation {
                    guard size >= 16, let next = try source.size(message.place, what),
                        let count = try source.size(message.place + 8, what)
                    else { throw source.damaged(what, message.place) }
                    try claim(next, count, what)
                    blocks.append((next, count))
                } else if message.kind != Kind.nothing {
                    messages.append(message)
                }
            }
        }
        guard left == 0 else { throw source.damaged(what, place) }
        return messages
    }

    /// Version 0 of what to know when links are added, and which of it follows.
    private func isPlain(_ groupInfo: Message?, _ what: String) throws -> Bool {
        guard let groupInfo else { return true }
        return try groupInfo.count >= 8 && source.number(groupInfo.place, bytes: 1, what) == 0
            && source.number(groupInfo.place + 1, bytes: 1, what) <= 1
    }

    /// A hard link with a name of its own.
    private func link(_ place: Int, _ count: Int, _ group: String) throws -> (name: String, place: Int) {
        let what = "a link of '\(group)'"
        let version = try source.number(place, bytes: 1, what), flags = try source.number(place + 1, bytes: 1, what)
        // The lowest bits tell how many bytes the name's length takes; a kind, an order, a character set may follow.
        guard version == 1, flags & 0xE0 == 0 else { throw source.damaged(what, place) }
        let hasKind = flags & 8 != 0
        let kind = hasKind ? try source.number(place + 2, bytes: 1, what) : 0
        var next = place + 2 + (hasKind ? 1 : 0) + (flags & 4 != 0 ? 8 : 0)
        if flags & 16 != 0 {
            guard try source.number(next, bytes: 1, what) <= 1 else { throw source.damaged(what, place) }
            next += 1
        }
        let width = 1 << Int(flags & 3)
        guard let length = try source.size(next, bytes: width, what), (1...count).contains(length) else {
            throw source.damaged(what, place)
        }
        next += width
        guard let name = String(validating: try source.slice(next, length, what), as: UTF8.self), name != ".",
            !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "/"))
        else { throw source.damaged(what, place) }
        guard kind == 0 else {
            throw HDF5File.leadsElsewhere(source.subject, group.isEmpty ? name : "\(group)/\(name)")
        }
        guard next + length + 8 <= place + count, let target = try source.size(next + length, what) else {
            throw source.damaged(what, place)
        }
        return (name, target)
    }

    /// No value: version 2, when room is taken and filled, and zero bytes.
    private func checkFillValue(_ message: Message, _ what: String) throws {
        guard message.count == 8, try source.number(message.place, bytes: 1, what) == 2,
            try source.number(message.place + 1, bytes: 1, what) <= 3,
            try source.number(message.place + 2, bytes: 1, what) <= 2,
            try source.number(message.place + 3, bytes: 1, what) <= 1,
            try source.number(message.place + 4, bytes: 4, what) == 0
        else { throw source.damaged(what, message.place) }
    }

    private mutating func checkDataset(_ path: String, _ space: Message, _ type: Message, _ layout: Message) throws {
        let what = "dataset '\(path)'"
        guard layout.count >= 18, try source.number(layout.place, bytes: 1, what) == 3 else {
            throw source.damaged(what, layout.place)
        }
        // In one piece.
        guard try source.number(layout.place + 1, bytes: 1, what) == 1 else { throw notPlain(path) }
        let shape = try shape(space.place, space.count, what)
        guard let stored = try storedType(type.place, type.count, what) else {
            throw Diagnostic(
                source.subject, "\(what) is of a type that is not read",
                expected: HDF5NumberKind.allCases.map(\.rawValue).joined(separator: ", ") + " or texts")
        }
        // Nothing was ever written: whoever reads it is told.
        guard let place = try source.size(layout.place + 2, what) else { return }
        guard let bytes = try source.size(layout.place + 10, what),
            shape.byteCount(each: stored.byteCount) == bytes
        else { throw source.damaged(what, layout.place) }
        try claim(place, bytes, what)
        if case .text = stored { try checkTexts(place, bytes / stored.byteCount, what) }
    }

    private func notPlain(_ path: String) -> Diagnostic {
        Diagnostic(
            source.subject, "dataset '\(path)' is chunked, compressed, virtual or stored in another file",
            expected: "values stored in one piece in this file")
    }
}
