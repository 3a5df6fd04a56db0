"""Times PyTorch and Keras beside `rnn-dist bench`, alternating; writes medians and ratios as Markdown and JSON.

    python3 Tests/Peers/compare.py --program .build/release/rnn-dist --output comparison
    python3 Tests/Peers/compare.py --workload lm-lstm650x2 --rounds 7 --ranks 2

Wants an idle machine, and Python with torch (and keras, if it is to take part). Each round runs every contestant once on
a workload, so that whatever the machine does meanwhile falls on all of them. `ratio` is the median over the rounds of
ours divided by theirs in the same round. It is no part of the tests.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys

from torch_peer import WORKLOADS

# What of ours does the same maths, where it is not the default.
OURS = {"torch tuned": "rnn-dist lazy", "torch bfloat16": "rnn-dist bfloat16"}
HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    """The last line of a program's output that is a JSON object; None, with what it said, where there is none."""
    # A preset kernel of another processor would slow down the peers.
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    finished = subprocess.run(command, capture_output=True, text=True, env=environment)
    lines = [line for line in finished.stdout.splitlines() if line.startswith("{")]
    if finished.returncode == 0 and lines:
        return json.loads(lines[-1])
    print(f"  {' '.join(command)}: status {finished.returncode}: {finished.stderr.strip()[-300:]}", file=sys.stderr)
    return None


def contestants(arguments, workload):
    """Names and commands; ours first."""
    python, seconds = [sys.executable], ["--seconds", str(arguments.seconds)]
    ranks, threads = arguments.ranks, ["--threads", str(arguments.threads)]
    ours = [arguments.program, "bench", "--workload", workload, "--json"] + seconds + threads
    torch, launch = [os.path.join(HERE, "torch_peer.py"), workload] + seconds + threads, python
    if ranks > 1:
        ours = ["mpirun", "-n", str(ranks)] + ours
        launch = python + ["-m", "torch.distributed.run", "--nproc_per_node", str(ranks)]
    peers = {"rnn-dist": ours, "torch plain": launch + torch}
    if workload.startswith("ag-"):
        # The maths of the tuned peer: embedding rows without a gradient stand still.
        peers["rnn-dist lazy"] = ours + ["--set", "training.optimizer.sparse_rows=lazy"]
        peers["torch tuned"] = launch + torch + ["--tuned"]
        if arguments.csv:
            for name in ("torch plain", "torch tuned"):
                peers[name] += ["--csv", arguments.csv]
        if ranks == 1 and arguments.keras:
            peers["keras"] = [arguments.keras, os.path.join(HERE, "keras_peer.py"), workload] + threads
    else:
        peers["rnn-dist bfloat16"] = ours + ["--set", "model.precision=bfloat16"]
        peers["torch bfloat16"] = launch + torch + ["--bfloat16"]
    return peers


def measure(arguments, workload):
    """Runs the rounds of a workload: for each contestant its speeds, and what it said last."""
    peers = contestants(arguments, workload)
    speeds, last = {name: [] for name in peers}, {}
    for number in range(arguments.rounds):
        # The order turns, so that nobody always comes after the same neighbour.
        names = list(peers)
        for name in names[number % len(names):] + names[:number % len(names)]:
            result = run(peers[name])
            speeds[name].append(result and result["tokens_per_second"])
            if result:
                last[name] = result
        print(workload, number + 1, {name: values[-1] and round(values[-1]) for name, values in speeds.items()}, file=sys.stderr)
    return speeds, last


def summary(workload, speeds, last):
    """Medians, and ratios of ours to theirs within rounds."""
    entry = {"workload": workload, "speeds": speeds, "contestants": {}}
    for name, values in speeds.items():
        known = [value for value in values if value]
        if not known:
            continue
        own = speeds[OURS.get(name, "rnn-dist")]
        ratios = [ours / theirs for ours, theirs in zip(own, values) if ours and theirs]
        entry["contestants"][name] = {
            "tokens_per_second": statistics.median(known),
            "ratio": statistics.median(ratios) if ratios else None,
            "peak_memory_bytes": last[name].get("peak_memory_bytes"),
            "peak_fraction": last[name].get("peak_fraction"),
        }
    return entry


def markdown(entries, arguments):
    lines = [
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {arguments.ranks} rank(s) of "
        f"{arguments.threads} thread(s); tokens/s, medians of {arguments.rounds} alternating rounds; in brackets how many "
        "times as fast rnn-dist is (than torch tuned: with lazy rows; than torch bfloat16: in bfloat16)", ""]
    names = []
    for entry in entries:
        names += [name for name in entry["contestants"] if name not in names]
    lines += ["| workload | " + " | ".join(names) + " | of FMA peak | memory to torch |", "|---|" + "---:|" * (len(names) + 2)]
    for entry in entries:
        found, cells = entry["contestants"], []
        for name in names:
            value = found.get(name)
            text = f"{value['tokens_per_second']:,.0f}" if value else ""
            if value and value["ratio"] and not name.startswith("rnn-dist"):
                text += f" ({value['ratio']:.2f}×)"
            cells.append(text)
        ours, torch = found.get("rnn-dist", {}), found.get("torch plain", {})
        cells.append(f"{ours['peak_fraction']:.0%}" if ours.get("peak_fraction") else "")
        memory = [ours.get("peak_memory_bytes"), torch.get("peak_memory_bytes")]
        cells.append(f"{memory[0] / memory[1]:.2f}" if all(memory) else "")
        lines.append(f"| {entry['workload']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=shutil.which("rnn-dist") or ".build/release/rnn-dist")
    parser.add_argument("--workload", action="append", choices=WORKLOADS, help="may be repeated; by default all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keras", help="a Python that has keras and tensorflow")
    parser.add_argument("--csv", help="real texts for the peers' ag- workloads; by default they are made up")
    parser.add_argument("--output", default="comparison", help="writes OUTPUT.md and OUTPUT.json")
    arguments = parser.parse_args()
    entries = []
    for workload in arguments.workload or WORKLOADS:
        speeds, last = measure(arguments, workload)
        entries.append(summary(workload, speeds, last))
        # After each workload: whoever stops early keeps what there is.
        with open(arguments.output + ".md", "w", encoding="utf-8") as file:
            file.write(markdown(entries, arguments))
        with open(arguments.output + ".json", "w", encoding="utf-8") as file:
            json.dump(entries, file, indent=1)
    print(markdown(entries, arguments), end="")


if __name__ == "__main__":
    main()
