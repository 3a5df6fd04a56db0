import Foundation
import HDF5

/// One HTML file about one run, or several side by side: without scripts, and without anything from a network.
package struct Report {
    package let runs: [ReportedRun]
    private let now: Date
    private let program: String

    /// - Parameters:
    ///   - now: When the report is made.
    ///   - program: Name and version of what makes it.
    package init(_ runs: [ReportedRun], now: Date, program: String) {
        self.runs = ReportedRun.named(runs)
        self.now = now
        self.program = program
    }

    private var title: String {
        runs.count == 1 ? "Run \(runs[0].record.folder)" : "\(runs.count) runs compared"
    }

    /// The document.
    package var html: String {
        HTML.document(
            language: "en",
            .element(
                "head", .void("meta", ["charset": "utf-8"]),
                .void("meta", ["name": "generator", "content": OutputFile.report.mark]),
                .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                // Whatever a run's data may have brought into the file: nothing runs, nothing is fetched.
                .void(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
                    ]),
                // An icon of its own, or browsers ask the network for one.
                .void("link", ["rel": "icon", "href": "data:,"]), .element("title", HTML(title)),
                .style(ReportStyle.sheet)),
            .element(
                "body",
                .element(
                    "header", .element("h1", HTML(title)),
                    .element("p", ["class": "soft"], "made \(now.ISO8601Format()) by \(program)"), contents),
                .element("main", overview, CurveSection(runs).html, differences, eachRun)))
    }

    /// Links to the runs of a report of several.
    private var contents: HTML {
        guard runs.count > 1 else { return "" }
        let links = runs.indices.map { number in
            HTML.element("li", .element("a", ["href": "#run-\(number + 1)"], HTML(runs[number].name)))
        }
        return .element("nav", ["aria-label": "Runs"], .element("ul", links))
    }

    private var overview: HTML {
        let facts = runs.map { $0.facts(now: now) }
        if runs.count == 1 {
            return section("Overview", .list("facts", facts[0].map { (HTML($0.name), HTML($0.value)) }))
        }
        var names: [String] = []
        for name in facts.joined().map(\.name) where !names.contains(name) { names.append(name) }
        let rows = names.map { name in
            [HTML(name)] + facts.map { of in HTML(of.first { $0.name == name }?.value ?? Quantity.unknown) }
        }
        return section(
            "Overview",
            .table(
                caption: "What the runs came to", columns: [.init("")] + runs.map { .init($0.name) }, rows: rows))
    }

    /// The keys of the configurations whose values differ.
    private var differences: HTML {
        guard runs.count > 1 else { return "" }
        var keys: [String] = []
        for key in runs.flatMap(\.configuration).map(\.key) where key != "output" && !keys.contains(key) {
            keys.append(key)
        }
        let rows = keys.compactMap { key -> [HTML]? in
            let values = runs.map { $0.setting(key) }
            guard Set(values.map { Array(($0 ?? "").utf8) }).count > 1 else { return nil }
            return [HTML(key)] + values.map { .element("code", HTML($0 ?? "absent")) }
        }
        guard !rows.isEmpty else {
            return section("Differences of configuration", .element("p", "None, but for the folders of the runs."))
        }
        return section(
            "Differences of configuration",
            .table(
                caption: "Keys whose values are not the same in all runs",
                columns: [.init("key")] + runs.map { .init($0.name) }, rows: rows))
    }

    private var eachRun: HTML {
        runs.indices.map { number in
            let sections = RunSections(runs[number], heading: runs.count == 1 ? "h2" : "h3")
            if runs.count == 1 { return sections.html }
            return .element(
                "section", ["id": "run-\(number + 1)", "class": "run"],
                .element("h2", HTML("Run \(runs[number].name)")), sections.html)
        }.reduce("", +)
    }

    private func section(_ title: String, _ content: HTML) -> HTML {
        .element("section", .element("h2", HTML(title)), content)
    }
}
