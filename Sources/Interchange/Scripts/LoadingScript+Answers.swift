extension LoadingScript {
    /// Python that prints what the probabilities say.
    static func answers(_ model: PortableModel) -> String {
        switch model.task {
        case .classify:
            return """
                def predict(texts):
                    \"""Prints the labels of each text, the most probable first.\"""
                    for text, row in zip(texts, outputs([encode(text) for text in texts])):
                        ranked = sorted(zip(-row, range(len(row))))
                        found = [{"label": RULES["classes"][i], "probability": float(-p)} for p, i in ranked]
                        print(json.dumps({"text": text, "predictions": found}, ensure_ascii=False))
                """
        case .tag:
            return """
                def predict(texts):
                    \"""Prints the tag of each word.\"""
                    found = iter(outputs([encode(text) for text in texts if words(text)]))
                    for text in texts:
                        rows = next(found) if words(text) else []
                        tags = [
                            {"token": w, "tag": RULES["classes"][row.argmax()], "probability": float(row.max())}
                            for w, row in zip(words(text), rows)
                        ]
                        print(json.dumps({"text": text, "tokens": tags}, ensure_ascii=False))
                """
        case .languageModel:
            return """
                def predict(texts):
                    \"""Prints the mean loss of each text as a line by itself, its end included.\"""
                    lines, end = [encode(text) for text in texts], RULES["line_end"]
                    for text, line, rows in zip(texts, lines, outputs([[end] + line for line in lines])):
                        losses = -np.log(rows[np.arange(len(rows)), line + [end]].astype(np.float64))
                        found = {"loss_nats": losses.mean(), "perplexity": np.exp(losses.mean())}
                        print(json.dumps({"text": text, **found}, ensure_ascii=False))
                """
        }
    }
}
