extension LoadingScript {
    /// The script for weights in a safetensors file.
    static func torch(_ model: PortableModel, weights: String) -> LoadingScript {
        let (members, forward) = torchModule(model)
        let framework = """
            import torch
            from safetensors.torch import load_file
            from torch import nn
            from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


            class Model(nn.Module):
                def __init__(self):
                    super().__init__()
            \(members.map { "        " + $0 }.joined(separator: "\n"))

                def forward(self, tokens, lengths):
                    \"""Logits for padded `tokens` [batch, time], of which the first `lengths` [batch] count.\"""
            \(forward.map { "        " + $0 }.joined(separator: "\n"))


            model = Model()
            model.load_state_dict(load_file(Path(__file__).parent / "\(weights)"), strict=True)
            model.eval()


            @torch.inference_mode()
            def outputs(sequences):
                \"""Probabilities for each sequence.\"""
                lengths = [len(sequence) for sequence in sequences]
                if not lengths:
                    return []
                padded = pad_sequence([torch.as_tensor(sequence) for sequence in sequences], batch_first=True)
                rows = model(padded, torch.tensor(lengths)).softmax(-1).numpy()
                return \(model.readout.isVector ? "rows" : "[row[:length] for row, length in zip(rows, lengths)]")
            """
        return LoadingScript(framework: framework, packages: "torch, safetensors and numpy", weights: weights)
    }

    /// Lines of `__init__` and of `forward`.
    private static func torchModule(_ model: PortableModel) -> (members: [String], forward: [String]) {
        var members: [String] = [], forward: [String] = []
        switch model.input {
        case .embedding(let table, _):
            members.append("self.embedding = nn.Embedding(\(table.shape[0]), \(table.shape[1]), padding_idx=0)")
            forward.append("x = self.embedding(tokens)")
        case .oneHot(let tokens): forward.append("x = nn.functional.one_hot(tokens, \(tokens)).float()")
        case .features: forward.append("x = tokens  # [batch, time, features]")
        }
        forward.append("x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)")
        let top = model.layers[model.layers.count - 1]
        if model.isUniform {
            let depth = model.layers.count > 1 ? ", num_layers=\(model.layers.count)" : ""
            members.append("self.rnn = \(torchLayer(model.layers[0], depth))")
            forward.append("x, state = self.rnn(x)")
        } else {
            members.append("self.rnn = nn.ModuleList([")
            members += model.layers.map { "    \(torchLayer($0, ""))," }
            members.append("])")
            forward += ["for layer in self.rnn:", "    x, state = layer(x)"]
        }
        switch model.readout {
        case .last:
            forward.append("last = state\(top.cell == .lstm ? "[0]" : "")[-\(top.directions.count):]")
            forward.append("x = torch.cat(tuple(last), 1)  # the state after each direction's last step")
        case .everyStep: forward.append("x, _ = pad_packed_sequence(x, batch_first=True)")
        case .mean:
            forward.append("x, _ = pad_packed_sequence(x, batch_first=True)  # zeros behind the ends")
            forward.append("x = x.sum(1) / lengths[:, None]")
        case .max:
            forward.append("x, _ = pad_packed_sequence(x, batch_first=True, padding_value=-torch.inf)")
            forward.append("x = x.amax(1)")
        }
        if !model.dense.isEmpty {
            members.append("self.dense = nn.ModuleList([")
            for (number, layer) in model.dense.enumerated() {
                members.append("    nn.Linear(\(layer.weight.shape[0]), \(layer.outputSize)),")
                let function = layer.activation.map { "torch.\($0.rawValue)" } ?? ""
                forward.append("x = \(function)(self.dense[\(number)](x))")
            }
            members.append("])")
        }
        members.append("self.output = nn.Linear(\(model.output.weight.shape[0]), \(model.output.outputSize))")
        if model.isTied { members.append("self.output.weight = self.embedding.weight  # one for both") }
        forward.append("return self.output(x)")
        return (members, forward)
    }

    private static func torchLayer(_ layer: PortableModel.RecurrentLayer, _ depth: String) -> String {
        let (name, function) = switch layer.cell {
        case .elman(let activation): ("RNN", activation == .tanh ? "" : ", nonlinearity=\"\(activation.rawValue)\"")
        case .gru: ("GRU", "")
        case .lstm: ("LSTM", "")
        }
        return "nn.\(name)(\(layer.inputSize), \(layer.size)\(depth)\(function)"
            + "\(layer.isBidirectional ? ", bidirectional=True" : ""), batch_first=True)"
    }
}
