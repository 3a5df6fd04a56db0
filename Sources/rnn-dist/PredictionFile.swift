import HDF5
import Tasks

/// Predictions as an HDF5 file: a dataset a column of the table, a row a text; beside them the texts.
enum PredictionFile {
    /// - Returns: The file's bytes. Columns whose values are all numbers are doubles, others texts.
    static func image(_ predictions: [Prediction], subject: String) throws -> FileBytes {
        let file = try HDF5File.inMemory(subject)
        try file.setAttribute("comment", of: "", to: OutputFile.predictions.mark)
        try file.write(predictions.map(\.subject), to: "text")
        for (index, column) in (predictions.first?.columns ?? []).enumerated() {
            let values = predictions.map { $0.columns[index].value }
            let numbers = values.compactMap(Double.init)
            if numbers.count == values.count {
                try file.write(numbers, to: column.name, shape: [numbers.count])
            } else {
                try file.write(values, to: column.name)
            }
        }
        let image = try file.image()
        try file.close()
        return image
    }
}
