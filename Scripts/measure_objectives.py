#!/usr/bin/env python3
"""Measures the examples of docs/OBJECTIVES.md: one epoch of the dense preset for every objective and prior.

    make build && Scripts/measure_objectives.py VAE [NAME ...]

VAE is the command, such as .build/release/vae; names of rows measure those alone. Runs go to runs/objectives; what
is there already is not trained again. The tables between the markers in docs/OBJECTIVES.md are rewritten from all
runs that are there, and pictures of 30 samples each go to docs/pictures. A quarter of an hour on two idle cores.
"""

import json
import os
import shutil
import subprocess
import sys

OBJECTIVES = [
    "elbo", "elbo_sampled", "iwae", "dreg", "miwae", "piwae", "ciwae", "free_bits", "capacity", "beta_tc_mws",
    "beta_tc_mss", "dip_i", "dip_ii", "info_vae", "wae", "rae_l2", "rae_gp",
]
ROWS = {name: (f"`{name}`", ["--objective", name]) for name in OBJECTIVES}
for shape in ["sigmoid", "cyclical"]:
    ROWS[shape] = (f"`elbo --warm-up {shape} --warm-up-epochs 1`",
                   ["--warm-up", shape, "--warm-up-epochs", "1"])
PRIORS = {
    "elbo": "`standard_normal`", "mixture": "`mixture`, 100 components",
    "vamp_prior": "`vamp_prior`, 500 pseudo-inputs",
}
ROWS["mixture"] = ("", ["--prior", "mixture", "--prior-components", "100"])
ROWS["vamp_prior"] = ("", ["--prior", "vamp_prior"])
DETERMINISTIC = {"wae", "rae_l2", "rae_gp"}

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNS = f"{ROOT}/runs/objectives"
PICTURES = f"{ROOT}/docs/pictures"
PAGE = f"{ROOT}/docs/OBJECTIVES.md"
DATA = ["--data", "fashion-mnist", "--threads", "1"]


def run(command, output=None):
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    if output:
        with open(output + ".part", "wb") as file:
            file.write(result.stdout)
        os.rename(output + ".part", output)


def measure(vae, name):
    folder = f"{RUNS}/{name}"
    if not os.path.exists(f"{folder}/train.json"):
        run([vae, "train", *DATA, "--preset", "dense", "--epochs", "1", "--no-pictures", "--overwrite", "--json",
             "--output", folder, *ROWS[name][1]], f"{folder}.json")
        os.rename(f"{folder}.json", f"{folder}/train.json")
    if name not in DETERMINISTIC and not os.path.exists(f"{folder}/evaluation.json"):
        run([vae, "evaluate", folder, *DATA, "--importance-samples", "20", "--json"], f"{folder}/evaluation.json")
    picture = f"{PICTURES}/objective-{name}.png"
    if not os.path.exists(picture):
        run([vae, "sample", folder, "--count", "30", "--seed", "1", "--threads", "1", "--output", picture])


def read(path):
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return json.loads(file.readlines()[-1])


def row(name, label):
    folder = f"{RUNS}/{name}"
    test, metrics = read(f"{folder}/train.json"), read(f"{folder}/metrics.jsonl")
    if not test or not metrics:
        return f"| {label} | not measured | | | | | |"
    numbers = [f"{metrics['training']['loss']:.1f}", f"{test['reconstruction']:.1f}"]
    if name in DETERMINISTIC:
        numbers += ["–", "–", "–"]
    else:
        numbers += [f"{test['kl']:.1f}", f"{test['elbo']:.1f}"]
        estimate = read(f"{folder}/evaluation.json")
        numbers.append(
            f"{estimate['log_likelihood']:.1f} ± {estimate['log_likelihood_standard_error']:.1f}" if estimate else "")
    picture = f"pictures/objective-{name}.png"
    link = f"[picture]({picture})" if os.path.exists(f"{ROOT}/docs/{picture}") else ""
    return f"| {label} | " + " | ".join(numbers) + f" | {link} |"


def replace(page, marker, rows):
    begin, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
    first = page.index(begin) + len(begin)
    last = page.index(end)
    head = f"\n| {marker} | loss | reconstruction | KL | ELBO | ln p(x) | samples |\n|---|---|---|---|---|---|---|\n"
    return page[:first] + head + "\n".join(rows) + "\n\n" + page[last:]


def main():
    os.makedirs(RUNS, exist_ok=True)
    os.makedirs(PICTURES, exist_ok=True)
    if len(sys.argv) > 1:
        for name in sys.argv[2:] or ROWS:
            print(name, file=sys.stderr)
            measure(os.path.abspath(sys.argv[1]), name)
    with open(PAGE) as file:
        page = file.read()
    page = replace(page, "objective", [row(name, ROWS[name][0]) for name in [*OBJECTIVES, "sigmoid", "cyclical"]])
    page = replace(page, "prior", [row(name, label) for name, label in PRIORS.items()])
    with open(PAGE, "w") as file:
        file.write(page)


main()
