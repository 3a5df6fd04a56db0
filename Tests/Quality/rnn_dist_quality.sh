#!/bin/sh
# Trains with the recipes of torch_baseline.py and prints one JSON line a run, in the same words.
#
#     Tests/Quality/rnn_dist_quality.sh DATA_FOLDER "0 1 2" [TASK...]
#
# DATA_FOLDER holds surnames/{train,test}/LANGUAGE.txt, ag_news/{train,test}.csv and ucr/NAME_{TRAIN,TEST}.
set -eu
data=$1 seeds=$2
shift 2
[ $# -gt 0 ] || set -- surnames-elman surnames-gru surnames-lstm surnames-bilstm2 ag-news-elman16 ag-news-lstm8 \
    ag-news-bilstm64x2 ecg200 synthetic-control
cd "$(dirname -- "$0")/../.."
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT

for task in "$@"; do
    layers=
    case $task in
    surnames-elman) layers='[{cell: elman, size: 128}]' ;;
    surnames-gru) layers='[{cell: gru, size: 128}]' ;;
    surnames-lstm) layers='[{cell: lstm, size: 128}]' ;;
    surnames-bilstm2) layers='[{cell: lstm, size: 128, bidirectional: true}, {cell: lstm, size: 128, bidirectional: true}]' ;;
    esac
    case $task in
    surnames-*) config=names-folder train=surnames/train test=surnames/test ;;
    ag-news-elman16) config=ag-news-rnn16 train=ag_news/train.csv test=ag_news/test.csv ;;
    ag-news-*) config=$task train=ag_news/train.csv test=ag_news/test.csv ;;
    ecg200) config=ecg200 train=ucr/ECG200_TRAIN test=ucr/ECG200_TEST ;;
    synthetic-control) config=$task train=ucr/Synthetic_control_TRAIN test=ucr/Synthetic_control_TEST ;;
    *) echo "unknown task $task" >&2 && exit 64 ;;
    esac
    for seed in $seeds; do
        rm -rf "${run:?}/run"
        .build/release/rnn-dist train "Configs/$config.yaml" --output "$run/run" --threads 1 --set "seed=$seed" \
            --set "data.train=$data/$train" --set "data.validation=$data/$test" ${layers:+--set "model.layers=$layers"} >"$run/log" 2>&1 ||
            { cat "$run/log" >&2 && exit 1; }
        accuracies=$(grep '"event": "epoch"' "$run/run/metrics.jsonl" | grep -oE '"validation_accuracy": [0-9.]+' | cut -d' ' -f2)
        echo "$accuracies" | awk -v task="$task" -v seed="$seed" '
            { value[NR] = $1; if ($1 > best) best = $1 }
            END {
                first = NR > 5 ? NR - 4 : 1
                for (i = first; i <= NR; i++) sum += value[i]
                printf "{\"task\": \"%s\", \"seed\": %d, \"accuracy_last\": %.4f, \"accuracy_best\": %.4f, \"accuracy_mean_last_5\": %.4f, \"epochs\": %d}\n",
                    task, seed, value[NR], best, sum / (NR - first + 1), NR
            }'
    done
done
