"""Writes the tables of docs/OBJECTIVES.md: counts.npz and classes.npz, 3,000 examples each.

counts.npz imitates single-cell sequencing: 100 genes, three cell types. A cell's size is log-normal, a
gene's mean depends on the type, counts are negative binomial with inverse dispersion 2, and one entry of
five is lost. classes.npz is a questionnaire: twelve questions with 3, 4 or 5 answers in one-hot columns,
three kinds of people who answer differently.

    python3 make_tables.py [FOLDER]      # NumPy; the same numbers every time
"""

import os
import sys

import numpy as np


def counts(generator, cells=3000, genes=100, types=3, dispersion=2.0):
    profiles = generator.normal(0.5, 1.0, (types, genes))
    labels = generator.integers(0, types, cells)
    sizes = generator.normal(0.0, 0.3, (cells, 1))
    mean = np.exp(profiles[labels] + sizes)
    rates = mean * generator.gamma(dispersion, 1 / dispersion, mean.shape)
    table = generator.poisson(rates) * (generator.uniform(size=mean.shape) >= 0.2)
    return table.astype(np.float32), labels


def classes(generator, people=3000, kinds=3):
    sizes = [3, 4, 5] * 4
    labels = generator.integers(0, kinds, people)
    columns = []
    for size in sizes:
        answers = generator.dirichlet(np.full(size, 0.4), kinds)
        chosen = np.array([generator.choice(size, p=answers[kind]) for kind in labels])
        columns.append(np.eye(size, dtype=np.float32)[chosen])
    return np.concatenate(columns, axis=1), labels


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    for name, make in [("counts", counts), ("classes", classes)]:
        data, labels = make(np.random.default_rng(7))
        np.savez(os.path.join(folder, name + ".npz"), data=data, labels=labels.astype(np.uint8))


main()
