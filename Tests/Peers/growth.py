"""How speed changes with the size of the work: tokens/s of `rnn-dist bench`, one thread, beside the smallest size.

    python3 Tests/Peers/growth.py --program .build/release/rnn-dist

Wants an idle machine. Sizes take turns, so that whatever the machine does meanwhile falls on all; figures are medians.
"""
import argparse
import shutil
import statistics

from scaling import begin, speed

LANGUAGE = ["lm-lstm650x2", "char-lstm512x2"]
NEWS = ["ag-title-rnn16", "ag-rnn16", "ag-lstm8", "ag-bilstm64x2"]
SWEEPS = [
    ("length of the streams, windows of 32", ["lm-lstm200x2", "char-lstm128x2"],
     {32 * n: ["--set", "training.truncation=32", "--examples", str(n)] for n in (1, 4, 32, 128)}),
    ("training rows", ["ag-rnn16", "ag-bilstm64x2"], {n: ["--examples", str(n)] for n in (10_000, 100_000, 1_000_000)}),
    ("shards", LANGUAGE + NEWS, {n: ["--set", f"training.shards={n}"] for n in (1, 4, 16)}),
    ("vocabulary, the same ids", ["ag-rnn16", "ag-bilstm64x2"],
     {n: ["--vocabulary", str(n)] for n in (10_000, 100_000, 1_000_000)}),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=shutil.which("rnn-dist") or ".build/release/rnn-dist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    arguments = parser.parse_args()
    for title, workloads, sizes in SWEEPS:
        print(f"| {title} | " + " | ".join(f"{size:,}" for size in sizes) + " |")
        print("|---|" + "---:|" * len(sizes))
        for workload in workloads:
            speeds = {size: [] for size in sizes}
            for _ in range(arguments.rounds):
                for size, options in sizes.items():
                    bench = [arguments.program, "bench", "--workload", workload, "--json", "--threads", "1"]
                    speeds[size].append(speed(begin(bench + ["--seconds", str(arguments.seconds)] + options)))
            medians = {size: statistics.median(values) for size, values in speeds.items()}
            first = next(iter(medians.values()))
            print(f"| {workload} | " + " | ".join(f"{value:,.0f} ({value / first:.2f})" for value in medians.values()) + " |", flush=True)
        print(flush=True)


if __name__ == "__main__":
    main()
