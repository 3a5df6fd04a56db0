"""What checkpoints cost a run that goes on meanwhile: seconds lost by each, beside the seconds its write takes.

    python3 Tests/Peers/checkpoints.py --program .build/release/rnn-dist

Wants an idle machine with two cores. Runs with checkpoints in the midst of their two epochs and runs with only those at the
epochs' ends take turns, of one thread each: on two cores, so that one is free for the writing, and on one. Both kinds write a first
checkpoint beside training, for which the kernel has to find memory, and wait for a last one: what whole runs differ by belongs to
the checkpoints in between. A state of 200 MB (LSTM 2 x 1024 with Adam) by default. Figures are medians.
"""
import argparse
import json
import resource
import statistics
import subprocess
import tempfile
import time

STEPS = 40


def run(program, folder, size, every, cores):
    """Seconds of the run, its processor seconds, and the seconds of each write but the last, behind which no step comes."""
    output = f"{folder}/{time.monotonic_ns()}"
    settings = {
        "task": "memory", "data.train": "builtin:copy",
        "model.layers": f"[{{cell: lstm, size: {size}}}, {{cell: lstm, size: {size}}}]",
        "data.generated": f"{{examples: {16 * STEPS}, length: 20}}", "data.validation_fraction": 0,
        "training.batch_size": 16, "training.epochs": 2, "training.log_every_steps": 1,
        "checkpoint": f"{{every_steps: {every}, keep: 1}}", "output": output,
    }
    command = ["taskset", "-c", cores, program, "train", "--threads", "1"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    events = [json.loads(line) for line in open(f"{output}/metrics.jsonl")]
    subprocess.run(["rm", "-r", output], check=True)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return end - begin, processor, [event["seconds"] for event in events if event["event"] == "checkpoint"][:-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--every", type=int, default=10, help="steps between checkpoints")
    arguments = parser.parse_args()
    print("| cores | run, s | with more checkpoints, s | lost by each, s | its write, s | of it lost | its processor time, s |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for cores, name in [("0,1", "one free"), ("0", "all busy")]:
            rounds = []
            for _ in range(arguments.rounds):
                plain, idle, few = run(arguments.program, folder, arguments.size, 10**6, cores)
                kept, busy, writes = run(arguments.program, folder, arguments.size, arguments.every, cores)
                more = len(writes) - len(few)
                lost = (kept - plain) / more
                write = statistics.mean(writes)
                rounds.append((plain, kept, lost, write, lost / write, (busy - idle) / more))
            plain, kept, lost, write, share, processor = (statistics.median(column) for column in zip(*rounds))
            print(f"| {name} | {plain:.2f} | {kept:.2f} | {lost:.3f} | {write:.2f} | {share:.0%} | {processor:.2f} |", flush=True)


if __name__ == "__main__":
    main()
