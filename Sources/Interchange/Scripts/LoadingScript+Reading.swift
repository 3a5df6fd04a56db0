extension LoadingScript {
    /// Python that turns a text into numbers of tokens, or a line into values.
    static func reading(_ model: PortableModel) -> String {
        guard let text = model.text else {
            return """
                RULES = json.loads((Path(__file__).parent / "\(vocabularyName)").read_text(encoding="utf-8"))


                def encode(text):
                    \"""The \(model.inputSize.counted("value")) of each time step, of a line of numbers with blanks or \
                commas between.\"""
                    return np.array(text.replace(",", " ").split(), np.float32).reshape(-1, \(model.inputSize))
                """
        }
        var lines = """
            RULES = json.loads((Path(__file__).parent / "\(vocabularyName)").read_text(encoding="utf-8"))
            NUMBERS = {token: number for number, token in enumerate(RULES["vocabulary"])}

            """
        if text.kind == .bytes {
            return lines + """


                def encode(text):
                    \"""Numbers of the text's bytes, behind padding and unknown.\"""
                    return [byte + 2 for byte in text.encode()]
                """
        }
        lines += """
            BLANKS = set("\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2028\\u2029\\u202f\\u205f\\u3000")
            BLANKS |= set(map(chr, range(0x2000, 0x200B)))


            def standard(character):
                \"""What a character becomes: \(standard(text)).\"""

            """
        if text.foldsAccents {
            lines += """
                    if character >= "\\x80" and character not in RULES["folds"]:
                        parts = unicodedata.normalize("NFD", character)
                        character = "".join(part for part in parts if unicodedata.category(part) != "Mn")
                    character = "".join(RULES["folds"].get(part, part) for part in character)

                """
        }
        if text.lowersCase { lines += "    character = \"\".join(part.lower() for part in character)\n" }
        if text.stripsPunctuation {
            lines += """
                    punctuation = lambda c: c in "$+<=>^`|~" or unicodedata.category(c)[0] == "P"
                    character = "".join(part for part in character if not punctuation(part))

                """
        }
        return lines + "    return character\n\n\n" + encoding(model, text)
    }

    private static func standard(_ text: PortableText) -> String {
        let steps = [
            (text.foldsAccents, "accents folded"), (text.lowersCase, "lower case"),
            (text.stripsPunctuation, "no punctuation"),
        ].filter(\.0).map(\.1)
        return steps.isEmpty ? "itself" : steps.joined(separator: ", ")
    }

    private static func encoding(_ model: PortableModel, _ text: PortableText) -> String {
        let cut = text.maximumLength.map { "[:\($0)]" } ?? ""
        if model.task == .tag {
            let digits = text.mergesDigits ? ".translate(str.maketrans(\"123456789\", \"000000000\"))" : ""
            return """
                def words(text):
                    \"""The words between blanks.\"""
                    text = "".join(" " if c in "\\t\\n\\v\\f\\r" else c for c in text)
                    return [word for word in text.split(" ") if word]\(cut)


                def encode(text):
                    \"""Numbers of the words, each standardised by itself; 1 is for those that are not known.\"""
                    forms = ["".join(standard(c) for c in word if c not in BLANKS) or word for word in words(text)]
                    return [NUMBERS.get(form\(digits), 1) for form in forms]
                """
        }
        let tokens = text.kind == .words
            ? """
            def tokens(text):
                \"""What stands between white space, standardised.\"""
                return [w for w in "".join(" " if c in BLANKS else standard(c) for c in text).split(" ") if w]\(cut)
            """
            : """
            def tokens(text):
                \"""The text's characters (Unicode scalars), standardised.\"""
                return [part for c in text for part in standard(c)]\(cut)
            """
        guard model.task == .languageModel else {
            return tokens + """



                def encode(text):
                    \"""Numbers of the tokens; 1 is for those that are not known, and for a text without any.\"""
                    return [NUMBERS.get(token, 1) for token in tokens(text)] or [1]
                """
        }
        return tokens + """



            def encode(text):
                \"""Numbers of the tokens, line ends between lines.\"""
                numbers = []
                for place, line in enumerate(text.split("\\n")):
                    numbers += [RULES["line_end"]] * (place > 0) + [NUMBERS[token] for token in tokens(line)]
                return numbers
            """
    }
}
