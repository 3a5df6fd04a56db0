"""What two ranks reach of two independent runs: tokens/s of `rnn-dist bench`, one thread a rank, two cores.

    python3 Tests/Peers/scaling.py --program .build/release/rnn-dist

Wants an idle machine with two cores. Two runs of one rank each, at the same time and on a core each, take turns with one run
of two ranks; figures are medians. Each rank keeps the workload's batch.
"""
import argparse
import json
import shutil
import statistics
import subprocess

WORKLOADS = [
    "ag-title-rnn16", "ag-rnn16", "ag-lstm8", "ag-bilstm64x2", "ag-bilstm64x2-b128", "lm-lstm200x2", "lm-lstm650x2",
    "lm-lstm1500x2", "char-lstm128x2", "char-lstm512x2", "char-gru512x2",
]


def begin(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def speed(process):
    return json.loads(process.communicate()[0].splitlines()[-1])["tokens_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=shutil.which("rnn-dist") or ".build/release/rnn-dist")
    parser.add_argument("--workload", action="append", choices=WORKLOADS, help="may be repeated; by default all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    print("| workload | two independent runs | two ranks | ratio |\n|---|---:|---:|---:|")
    for workload in arguments.workload or WORKLOADS:
        bench = [
            arguments.program, "bench", "--workload", workload, "--json", "--threads", "1", "--seconds", str(arguments.seconds)]
        alone, together = [], []
        for _ in range(arguments.rounds):
            runs = [begin(["taskset", "-c", str(core)] + bench) for core in (0, 1)]
            alone.append(sum(speed(run) for run in runs))
            together.append(speed(begin(["mpirun", "-n", "2"] + bench)))
        ratio = statistics.median(b / a for a, b in zip(alone, together))
        print(f"| {workload} | {statistics.median(alone):,.0f} | {statistics.median(together):,.0f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
