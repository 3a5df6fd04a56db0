import Foundation

/// A few lines in the place of each data set that the configurations name.
enum StandInData {
    static func write(to place: Workplace) throws {
        for part in ["train", "test"] {
            let news = (0..<64).map { (topic: $0 % 4 + 1, title: "the \(topics[$0 % 4]) of day \($0 % 7)") }
            try place.write(
                news.map { "\"\($0.topic)\",\"\($0.title) and more of it\"\n" }.joined(),
                to: "data/ag_news/\(part).csv")
            try place.write(
                news.map { "\"\($0.topic)\",\"\($0.title)\",\"More of it.\"\n" }.joined(),
                to: "data/ag_news_columns/\(part).csv")
            for (language, names) in names {
                try place.write(
                    names.map { $0 + "\n" }.joined(), to: "data/surnames/\(part)/\(language).txt")
            }
            for set in ["ECG200", "Synthetic_control"] {
                try place.write(
                    (0..<24).map { "\($0 % 2 + 1) \(numbers(12))\n" }.joined(),
                    to: "data/ucr/\(set)_\(part.uppercased())")
            }
        }
        try place.write(String(repeating: play, count: 60), to: "data/tinyshakespeare/input.txt")
        for part in ["train", "dev", "test"] {
            try place.write(String(repeating: questions, count: 12), to: "data/atis/\(part).seq.in")
            try place.write(String(repeating: slots, count: 12), to: "data/atis/\(part).seq.out")
        }
        for part in ["train", "val", "test_2016_flickr"] {
            // Told by its first bytes: whether a file is compressed does not depend on its name.
            for (language, pair) in [
                ("en", "A dog runs on the beach.\nTwo men sit.\n"), ("de", "Ein Hund läuft am Strand.\nZwei Männer sitzen.\n"),
            ] {
                try place.write(String(repeating: pair, count: 24), to: "data/multi30k/\(part).\(language).gz")
            }
        }
        for (name, title) in [("daily-min-temperatures", "Temp"), ("monthly-airline-passengers", "Passengers")] {
            let rows = (0..<144).map { "\"19\(49 + $0 / 12)-\($0 % 12 + 1)\",\(100 + $0 + ($0 % 12) * 5)\n" }.joined()
            try place.write("\"Date\",\"\(title)\"\n" + rows, to: "data/timeseries/\(name).csv")
        }
    }

    static func numbers(_ count: Int) -> String {
        (0..<count).map { "\(Double($0 * 7 % 11) / 10)" }.joined(separator: " ")
    }

    private static let topics = ["war", "final", "oil price", "science"]

    private static let names = [
        ("Czech", ["Dvořák", "Novák", "Kučera", "Veselý"]), ("Japanese", ["Satoshi", "Yamamoto", "Tanaka", "Suzuki"]),
        ("English", ["Jackson", "Smith", "Miller", "Brown"]),
    ]

    private static let play = """
        ROMEO:
        To be, or not to be, that is the question. Zounds, quick, just six vexed jackdaws fly.

        """

    private static let questions = """
        show me flights from boston to new york on monday
        flights to boston


        """.replacingOccurrences(of: "\n\n", with: "\n")

    private static let slots = """
        O O O O B-from O B-to I-to O B-day
        O O B-to


        """.replacingOccurrences(of: "\n\n", with: "\n")
}
