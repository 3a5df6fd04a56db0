"""Reads a run's event files with TensorBoard's own reader, and compares every scalar with metrics.jsonl.

    python3 Tests/Peers/tensorboard_peer.py --program .build/release/rnn-dist

Trains on names for a few epochs, killed and gone on with, and once more in one go without event files: the digests must be
equal. Needs the package tensorboard (2.21). Ends with 1 where anything differs.
"""
import argparse
import collections
import json
import os
import struct
import subprocess
import tempfile
import time
import zlib

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

SETTINGS = [
    "training.epochs=4", "training.log_every_steps=1", "training.validate_every_steps=17", "checkpoint.every_steps=10",
    "model.layers.0.size=96",
]
BOARD = ["reporting.tensorboard=true", "reporting.histograms_every_epochs=1"]


def command(program, output, settings, *more):
    settings = [part for setting in settings for part in ("--set", setting)]
    return [program, "train", "--threads", "1", "--output", output, *more, *settings]


def lines(output):
    try:
        with open(f"{output}/metrics.jsonl") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []


def train_with_kills(program, output, kills):
    """Ends a run by force behind so many lines of its metrics each time, then lets it come to its end."""
    for kill in kills:
        run = subprocess.Popen(command(program, output, SETTINGS + BOARD, "--resume"), stdout=subprocess.DEVNULL)
        while len(lines(output)) < kill and run.poll() is None:
            time.sleep(0.005)
        assert run.poll() is None, "the run was over before it could be killed"
        run.kill()
        run.wait()
    subprocess.run(command(program, output, SETTINGS + BOARD, "--resume"), check=True, stdout=subprocess.DEVNULL)


def expected(output):
    """The scalars of metrics.jsonl: for each tag steps and float32 values."""
    scalars = collections.defaultdict(list)
    for line in lines(output):
        event = line["event"]
        for key, value in line.items():
            if event not in ("step", "validation", "epoch") or key in ("event", "epoch", "step"):
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                continue
            tag = f"{event}/{key}"
            if event == "epoch" and key.startswith("training_"):
                tag = "training/" + key.removeprefix("training_")
            elif event == "epoch" and key.startswith("validation_"):
                # Told of by the validation itself, at the same step.
                tag = "validation/" + key.removeprefix("validation_")
                assert scalars[tag][-1] == (line["step"], np.float32(value)), f"{tag} differs within metrics.jsonl"
                continue
            scalars[tag].append((line["step"], np.float32(value)))
    return scalars


def png_size(data):
    """Width and height; every checksum is tried, and every line is there."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, {}
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        name, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0] == zlib.crc32(name + content)
        chunks[name] = content
        place += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)
    return width, height


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--kills", type=int, nargs="*", default=[30, 110, 180], help="after so many lines of metrics")
    program = (arguments := parser.parse_args()).program
    wrong = 0

    def check(holds, text):
        nonlocal wrong
        wrong += not holds
        print(f"{'ok' if holds else 'DIFFERS'}: {text}")

    with tempfile.TemporaryDirectory() as folder:
        output, plain = f"{folder}/killed", f"{folder}/plain"
        train_with_kills(program, output, arguments.kills)
        subprocess.run(command(program, plain, SETTINGS), check=True, stdout=subprocess.DEVNULL)
        digests = [subprocess.check_output([program, "digest", run], text=True).strip() for run in (output, plain)]
        check(digests[0] == digests[1], f"digest {digests[0][:8]}… with event files, {digests[1][:8]}… without")
        files = sorted(os.listdir(f"{output}/tensorboard"))
        check(len(files) == len(arguments.kills) + 1, f"{len(files)} event files, one for each start")

        reader = EventAccumulator(f"{output}/tensorboard", size_guidance=dict.fromkeys(
            ["scalars", "tensors", "images", "histograms", "compressedHistograms"], 0))
        reader.Reload()
        tags, wanted = reader.Tags(), expected(output)
        check(sorted(tags["scalars"]) == sorted(wanted), f"{len(wanted)} scalars are listed: {', '.join(sorted(wanted))}")
        values = 0
        for tag in sorted(set(wanted) & set(tags["scalars"])):
            found = [(event.step, np.float32(event.value)) for event in reader.Scalars(tag)]
            values += len(found)
            if found != wanted[tag]:
                check(False, f"{tag}: {found} instead of {wanted[tag]}")
        check(values == sum(map(len, wanted.values())), f"{values} values, each at its step and once, as in metrics.jsonl")

        epochs = [line for line in lines(output) if line["event"] == "epoch"]
        steps = [line["step"] for line in epochs]
        pictures = reader.Images("validation/confusion")
        sizes = {png_size(picture.encoded_image_string) for picture in pictures}
        check([p.step for p in pictures] == steps and sizes == {(p.width, p.height) for p in pictures},
              f"{len(pictures)} pictures of {sizes} pixels")
        histograms = tags["histograms"]
        parameters = [line for line in lines(output) if line["event"] == "start"][0]["parameters"]
        numbers = sum(reader.Histograms(tag)[-1].histogram_value.num for tag in histograms if tag.startswith("weights/"))
        check(numbers == parameters, f"{numbers:.0f} weights in histograms of {parameters} parameters")
        for tag in histograms:
            events = reader.Histograms(tag)
            whole = all(abs(sum(e.histogram_value.bucket) - e.histogram_value.num) < 0.5 for e in events)
            if [e.step for e in events] != steps or not whole:
                check(False, f"{tag}: at steps {[e.step for e in events]}")
        check(len(histograms) > 0, f"{len(histograms)} histograms: {', '.join(histograms)}")
        text = reader.Tensors("configuration")[-1].tensor_proto.string_val[0].decode()
        check("    task: classify\n" in text, f"the configuration, {len(text.splitlines())} lines")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
