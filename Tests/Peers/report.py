#!/usr/bin/env python3
"""Opens reports in a headless Chromium, as on a desk, on a telephone and on paper, and looks for what is wrong.

    Tests/Peers/report.py [--program rnn-dist] [--browser chromium] [--screens FOLDER]

Makes small runs (a classifier of hostile class names on one and on two ranks, a tagger, a language model, a forecast, a
run that was killed), writes the report of each and of all, and opens them at 1280 and 390 pixels, light and dark, and at
the width of a page of paper. Ends with 1 where the console says anything, something is fetched, the page is wider than
its window, letters of a picture are too small to be read, a table lacks its caption or heads, a picture its title, or
text has too little contrast to its ground. With --screens there is a PNG of each page, and a PDF, to be looked at.

Needs nothing but Python and Chromium, which it talks to through a pipe.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time

HOSTILE = ["<script>alert(1)</script>", '"quoted" & \'so\'', "a|b\u202etxt", "Übermäßig lange Klasse ohne jedes Ende, wirklich"]

# Runs in the page. Overflow inside what moves sideways by itself is meant.
MEASURE = r"""
(() => {
  const found = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    found.push(`the page is ${document.documentElement.scrollWidth} pixels wide in a window of ${width}`);
  const outside = element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > width + 1 || box.left < -1);
  };
  for (const element of document.querySelectorAll("body *"))
    if (!element.closest(".wide") && !element.closest("svg") && outside(element))
      found.push(`<${element.localName}> reaches out of the window: ${element.textContent.slice(0, 60)}`);
  for (const text of document.querySelectorAll("svg text")) {
    const svg = text.closest("svg"), scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const size = parseFloat(text.getAttribute("font-size")) * scale;
    // Numbers in the cells of a large matrix give way; the pointer shows them.
    if (size < 8 && !svg.closest(".wide")) found.push(`letters of ${size.toFixed(1)} pixels: ${text.textContent}`);
    const box = svg.viewBox.baseVal, own = text.getBBox();
    if (!text.hasAttribute("transform") && (own.x < -1 || own.x + own.width > box.width + 1))
      found.push(`a picture's text is cut off: ${text.textContent}`);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) found.push("a table without caption");
    if (table.querySelector("th:not([scope])")) found.push("a table head without scope");
  }
  for (const svg of document.querySelectorAll("svg"))
    if (!svg.querySelector(":scope > title")?.textContent.trim()) found.push("a picture without title");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.localName[1]);
    if (next > level + 1) found.push(`<${heading.localName}> behind <h${level}>: ${heading.textContent}`);
    level = next;
  }
  const light = color => {
    const [r, g, b] = color.match(/[\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("body :not(svg):not(svg *)")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) poor.add(`contrast ${contrast.toFixed(1)} in <${element.localName}>`);
  }
  return JSON.stringify({
    found: [...new Set([...found, ...poor])].slice(0, 20),
    height: document.documentElement.scrollHeight,
    sections: document.querySelectorAll("h2, h3").length,
    tables: document.querySelectorAll("table").length,
    pictures: document.querySelectorAll("svg").length,
    hints: document.querySelectorAll("svg rect > title").length,
  });
})()
"""


class Browser:
    """A Chromium that is told what to do through file descriptors 3 and 4."""

    def __init__(self, program, profile):
        to_read, self.to = os.pipe()
        self.of, of_write = os.pipe()

        def connect():
            # Through numbers that neither of the two can have.
            a, b = os.dup(to_read), os.dup(of_write)
            high = [os.dup2(a, 200), os.dup2(b, 201)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "--hide-scrollbars", "--no-first-run",
             "about:blank"],
            preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(of_write)
        self.number, self.rest, self.events = 0, b"", []
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def call(self, method, parameters=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters or {}}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self):
        while b"\0" not in self.rest:
            read = os.read(self.of, 1 << 20)
            if not read:
                raise RuntimeError("the browser has ended")
            self.rest += read
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, path, width, height, media, scheme):
        self.events = []
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.call("Emulation.setEmulatedMedia",
                  {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.call("Page.navigate", {"url": f"file://{path}"})
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())
        measured = self.call("Runtime.evaluate", {"expression": MEASURE, "returnByValue": True})
        if "exceptionDetails" in measured:
            raise RuntimeError(measured["exceptionDetails"]["exception"]["description"])
        result = json.loads(measured["result"]["value"])
        for event in self.events:
            method, told = event.get("method"), event.get("params", {})
            if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                result["found"].append(f"the console says {json.dumps(told)[:300]}")
            if method == "Network.requestWillBeSent":
                url = told["request"]["url"]
                if url != f"file://{path}" and not url.startswith("data:"):
                    result["found"].append(f"{url} is fetched")
        return result

    def picture(self, path, width, height):
        shot = self.call("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 16000), "scale": 1}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def print(self, path):
        printed = self.call("Page.printToPDF", {"printBackground": False, "paperWidth": 8.27, "paperHeight": 11.69})
        with open(path, "wb") as file:
            file.write(base64.b64decode(printed["data"]))

    def close(self):
        try:
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        self.process.wait(timeout=20)


def make_runs(program, folder):
    """Small runs of several tasks; returns their folders."""
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_mpi_yield_when_idle="1")

    def write(name, text):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def train(name, configuration, *options, ranks=1):
        write(f"{name}.yaml", configuration)
        command = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        subprocess.run(
            command + [program, "train", f"{name}.yaml", "--threads", "1", "--output", name, *options], cwd=folder,
            env=environment, check=True, stdout=subprocess.DEVNULL)

    def quoted(text):
        return '"' + text.replace('"', '""') + '"'

    rows = [f"{quoted(HOSTILE[i % 4])},{quoted('abcd'[i % 4] * (2 + i % 7) + 'xyz'[i % 3])}" for i in range(400)]
    write("classes.csv", "\n".join(["label,text"] + rows) + "\n")
    classes = ("task: classify\ndata: {train: classes.csv, columns: {label: label, text: [text]}, tokens: characters}\n"
               "model: {input: {embedding: 8}, layers: [{cell: gru, size: 12}]}\n"
               "training: {epochs: 5, batch_size: 16, log_every_steps: 2, validate_every_steps: 7}\n")
    train("hostile-classes", classes)
    train("the-same-on-two-ranks-with-a-rather-long-name", classes, "--set", "model.layers.0.cell=lstm", ranks=2)
    tags = ["O", "B-place", "I-place", "O", "B-person", "O"]
    sentences = ["\n".join(f"w{(k + i) % 6 + 6 * (i % 3)} {tags[(k + i) % 6]}" for k in range(-i % 6, 12 - i % 6))
                 for i in range(60)]
    write("tags.txt", "\n\n".join(sentences) + "\n")
    train("tagger", "task: tag\ndata: {train: tags.txt, tokens: words}\n"
          "model: {input: {embedding: 8}, layers: [{cell: lstm, size: 8, bidirectional: true}]}\n"
          "tagging: {scheme: iob2}\ntraining: {epochs: 3, log_every_steps: 1}\n")
    write("text.txt", "".join(f"line {i} of {i * i % 97} words\n" for i in range(400)))
    train("text", "task: language_model\ndata: {train: text.txt, tokens: characters}\n"
          "model: {input: {embedding: 8}, layers: [{cell: gru, size: 16}]}\n"
          "training: {epochs: 1, truncation: 20, batch_size: 8, log_every_steps: 1}\n")
    write("series.csv", "value\n" + "".join(f"{(i * 7) % 13 + i / 10}\n" for i in range(300)))
    train("series", "task: forecast\ndata: {train: series.csv, tokens: values}\nmodel: {input: features, "
          "layers: [{cell: gru, size: 8}]}\ntraining: {epochs: 60, log_every_steps: 3}\n")

    # Killed in its third epoch or so: no end, half a line.
    write("killed.yaml", classes.replace("epochs: 5", "epochs: 100000"))
    run = subprocess.Popen([program, "train", "killed.yaml", "--output", "killed"], cwd=folder, env=environment,
                           stdout=subprocess.DEVNULL)
    while not os.path.exists(f"{folder}/killed/metrics.jsonl") or os.path.getsize(f"{folder}/killed/metrics.jsonl") < 30000:
        time.sleep(0.05)
    run.kill()
    run.wait()
    with open(f"{folder}/killed/metrics.jsonl", "a", encoding="utf-8") as file:
        file.write('{"event": "step", "epo')
    return ["hostile-classes", "the-same-on-two-ranks-with-a-rather-long-name", "tagger", "text", "series", "killed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--screens", help="folder for pictures of every page")
    parser.add_argument("files", nargs="*", help="reports that are there; by default those of runs made for it")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        pages = [os.path.abspath(file) for file in options.files]
        if not pages:
            program = os.path.abspath(options.program) if "/" in options.program else options.program
            runs = make_runs(program, folder)
            for name, chosen in [(run, [run]) for run in runs] + [("two", runs[:2]), ("all", runs)]:
                pages.append(f"{folder}/{name}.html")
                subprocess.run([program, "report", *chosen, "--output", pages[-1]], cwd=folder, check=True,
                               stdout=subprocess.DEVNULL)
        if options.screens:
            os.makedirs(options.screens, exist_ok=True)
        browser = Browser(options.browser, f"{folder}/profile")
        for page in pages:
            name = os.path.splitext(os.path.basename(page))[0]
            for view, width, height, media, scheme in [
                ("desk", 1280, 800, "screen", "light"), ("desk-dark", 1280, 800, "screen", "dark"),
                ("phone", 390, 844, "screen", "light"), ("phone-dark", 390, 844, "screen", "dark"),
                ("paper", 718, 1000, "print", "light"),
            ]:
                result = browser.open(page, width, height, media, scheme)
                if options.screens:
                    browser.picture(f"{options.screens}/{name}-{view}.png", width, result["height"])
                    if view == "paper":
                        browser.print(f"{options.screens}/{name}.pdf")
                for finding in result["found"]:
                    print(f"{name}, {view}: {finding}")
                wrong += len(result["found"])
            print(f"{name}: {result['sections']} headings, {result['tables']} tables, {result['pictures']} pictures, "
                  f"{result['hints']} hints")
        browser.close()
    print(f"{len(pages)} reports, {wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
