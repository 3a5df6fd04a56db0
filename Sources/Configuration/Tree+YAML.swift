extension Tree {
    /// Column of the comments, wide enough for most keys with their values.
    private static let commentColumn = 44

    fileprivate struct Line {
        var indent: Int
        var text: String
        var comment = ""
        var isActive = true

        func printed(comments: Bool) -> String {
            var line = String(repeating: " ", count: indent) + (isActive ? "" : "# ") + text
            guard comments, !comment.isEmpty else { return line }
            line += String(repeating: " ", count: max(1, commentColumn - line.unicodeScalars.count))
            return line + "# " + comment
        }
    }

    /// YAML text of every key.
    ///
    /// - Parameter comments: Adds each key's summary, and as comments the keys that do not apply; without
    ///   it, those are left out.
    func yaml(comments: Bool) -> String {
        lines(indent: 0).filter { comments || $0.isActive }.map { $0.printed(comments: comments) + "\n" }.joined()
    }

    fileprivate func lines(indent: Int) -> [Line] {
        guard case .mapping(let branches) = self else { return [] }
        return branches.flatMap { branch -> [Line] in
            let lines = branch.lines(indent: indent)
            return branch.applies ? lines : lines.map(\.inactive)
        }
    }
}

extension Tree.Line {
    fileprivate var inactive: Self { Self(indent: indent, text: text, comment: comment, isActive: false) }
}

extension Tree.Branch {
    fileprivate func lines(indent: Int) -> [Tree.Line] {
        func line(_ value: String) -> Tree.Line {
            Tree.Line(indent: indent, text: value.isEmpty ? "\(name):" : "\(name): \(value)", comment: summary)
        }
        switch tree {
        case .value(let text):
            return [line(text)]
        case .absent(let example):
            return [line("null")] + (example?.lines(indent: indent + 2).map(\.inactive) ?? [])
        case .mapping:
            return [line("")] + tree.lines(indent: indent + 2)
        case .list(let elements):
            if let text = tree.flow { return [line(text)] }
            return [line("")]
                + elements.enumerated().flatMap { index, element in
                    // The first active line of an element carries its dash; one explanation is enough.
                    var lines = element.lines(indent: indent + 4)
                    if let first = lines.firstIndex(where: \.isActive) {
                        lines[first].text = "- " + lines[first].text
                        lines[first].indent -= 2
                    }
                    return index == 0
                        ? lines : lines.filter(\.isActive).map { Tree.Line(indent: $0.indent, text: $0.text) }
                }
        }
    }
}
