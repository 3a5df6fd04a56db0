"""Times Keras' `fit` on an ag- workload of `rnn-dist bench`, as its tutorials write it; prints one JSON object.

    python3 keras_peer.py ag-rnn16
    python3 keras_peer.py ag-rnn16 --csv train.csv       # real texts: rows of label, title, description

Texts are strings that a TextVectorization layer splits inside the model; batches are padded to their longest text.
Tokens count without padding.
"""
import argparse
import json
import os
import resource
import time

from torch_peer import WORKLOADS, news, read_csv


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=[name for name in WORKLOADS if name.startswith("ag-")])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=1600)
    parser.add_argument("--csv")
    arguments = parser.parse_args()
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", OMP_NUM_THREADS=str(arguments.threads))
    import keras
    import numpy
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    kind, vocabulary, width, cell, size, layers, both, batch, _ = WORKLOADS[arguments.workload]
    numbers = read_csv(arguments.csv, kind, vocabulary) if arguments.csv else news(kind, vocabulary)
    texts = [" ".join(f"w{number}" for number in text) for text in numbers]
    labels = numpy.arange(len(texts)) % 4
    vectorize = keras.layers.TextVectorization(max_tokens=vocabulary)
    vectorize.adapt(texts)
    stack = []
    for number in range(layers):
        layer = keras.layers.SimpleRNN if cell == "RNN" else keras.layers.LSTM
        layer = layer(size, return_sequences=number + 1 < layers)
        stack.append(keras.layers.Bidirectional(layer) if both else layer)
    model = keras.Sequential([
        keras.Input(shape=(1,), dtype=tensorflow.string), vectorize,
        keras.layers.Embedding(vocabulary, width, mask_zero=layers > 1 or kind == "articles" and cell == "RNN"), *stack,
        keras.layers.Dense(4, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    rows = min(arguments.rows, len(texts)) // batch * batch
    data = tensorflow.data.Dataset.from_tensor_slices((texts[:rows], labels[:rows])).batch(batch)
    model.fit(data.take(4), verbose=0)
    begin = time.perf_counter()
    model.fit(data, verbose=0)
    seconds = time.perf_counter() - begin
    print(json.dumps({
        "workload": arguments.workload, "ranks": 1, "threads": arguments.threads, "steps": rows // batch, "seconds": seconds,
        "tokens_per_second": sum(len(text) for text in numbers[:rows]) / seconds, "steps_per_second": rows // batch / seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


if __name__ == "__main__":
    main()
