extension Form<DataConfiguration.Column> {
    /// A plain number counts columns from 1; other text, and a number in quotes, is a name in the header.
    static var column: Form {
        .scalar(
            "a column: a number from 1, or a name in the header",
            parse: { text, plain in
                guard !text.isEmpty else { return nil }
                guard plain, text.utf8.first.map({ "+-.0123456789".utf8.contains($0) }) == true else {
                    return .name(text)
                }
                return Int(wholeNumber: text).flatMap { Limits.size.contains($0) ? .number($0) : nil }
            },
            text: { column in
                switch column {
                case .number(let number): String(number)
                case .name(let name): name.yamlScalar
                }
            })
    }
}

extension Form<[DataConfiguration.Column]> {
    /// One column or a list of them.
    static func columns(count: ClosedRange<Int>) -> Form {
        let list = Form.list(of: .column, count: count)
        return Form(
            expected: "a column or a list of columns",
            read: { given, current in
                guard case .scalar = given.content else { return try list.read(given, current) }
                return [try Form<DataConfiguration.Column>.column.read(given, nil)]
            },
            tree: list.tree)
    }
}
