"""What all peers share: the workloads' sizes, the timing and the line that is printed.

A peer module's `build(workload, mode)` returns (name, version, calls): calls maps train, encode, decode and
decode1 to functions that return only once the result is there.
"""

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """One of the three models; see Sources/Variational/Presets.swift for its layers."""

    name: str
    image: tuple  # height, width, channels as the model sees them; (values,) for a flat one
    batch: int
    latents: int
    rate: float  # Adam's


WORKLOADS = {
    w.name: w
    for w in (
        Workload("dense", (784,), 128, 20, 1e-3),
        Workload("fashion", (32, 32, 1), 100, 2, 5e-4),
        Workload("faces", (32, 32, 3), 128, 200, 5e-4),
    )
}


def median_ms(call, seconds, least):
    """The median milliseconds of a call, and how often it was timed."""
    samples, start = [], time.perf_counter()
    while len(samples) < least or time.perf_counter() - start < seconds:
        begun = time.perf_counter()
        call()
        samples.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(samples), len(samples)


def warm_up(call, seconds, most=15):
    """First calls compile, allocate and fill caches; a slow peer is spared the later ones."""
    call()
    start = time.perf_counter()
    for _ in range(most - 1):
        if time.perf_counter() - start > seconds:
            return
        call()


def main(build, modes):
    """Measures one workload in one mode and prints one JSON line.

    Half of the seconds go to training, the rest to the other three calls.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", choices=WORKLOADS, required=True)
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--least", type=int, default=3, help="the fewest repetitions of a call")
    options = parser.parse_args()
    workload = WORKLOADS[options.workload]
    version, calls = build(workload, options.mode)
    line = {"workload": workload.name, "batch": workload.batch, "version": version}
    for name, call in calls.items():
        share = options.seconds / (2 if name == "train" else 6)
        warm_up(call, share / 2)
        median, count = median_ms(call, share, options.least)
        line[f"{name}_ms"] = round(median, 4)
        if name == "train":
            line["repetitions"] = count
    print(json.dumps(line))
    sys.stdout.flush()
