"""Makes scoring.json: areas under the ROC curve by scikit-learn and SciPy.

usage: python make_scoring.py     (writes next to this file; needs numpy, scipy, scikit-learn)
versions: Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

Each case has scores (some rounded, so that there are many ties), labels, the area by sklearn.metrics.roc_auc_score, and
U / (m n) of scipy.stats.mannwhitneyu, which is the same number by another way. SciPy and scikit-learn have no standard
error of the area; `deviation` is that of 4000 bootstrap replicates, anomalies and normal examples drawn separately: it
estimates what DeLong's formula does, to some 1/sqrt(2 * 4000) = 1.1 % and the bootstrap's own bias of order 1/m.
"""

import json
import pathlib

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(7)
cases = []
for m, n, shift, step in [(40, 60, 1.0, 0), (100, 80, 0.5, 0.5), (200, 300, 1.5, 0.1), (30, 200, 0, 1)]:
    odd, normal = rng.normal(shift, 1.3, m), rng.normal(0, 1, n)
    scores = np.concatenate([odd, normal])
    if step:
        scores = np.round(scores / step) * step
    scores = np.round(scores, 6)
    labels = np.array([1] * m + [0] * n)
    order = rng.permutation(m + n)
    scores, labels = scores[order], labels[order]
    a, b = scores[labels == 1], scores[labels == 0]
    area = roc_auc_score(labels, scores)
    u = mannwhitneyu(a, b).statistic / (m * n)
    assert abs(area - u) < 1e-12
    truth = np.array([1] * m + [0] * n)
    areas = [
        roc_auc_score(truth, np.concatenate([rng.choice(a, m), rng.choice(b, n)])) for _ in range(4000)
    ]
    cases.append(
        {
            "scores": scores.tolist(),
            "labels": labels.tolist(),
            "area": float(area),
            "mann_whitney": float(u),
            "deviation": float(np.std(areas)),
        }
    )
path = pathlib.Path(__file__).with_name("scoring.json")
path.write_text(json.dumps({"cases": cases}))
