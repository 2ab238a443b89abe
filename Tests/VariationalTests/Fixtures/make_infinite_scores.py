"""Makes infinite_scores.json: ranks, p-values and alarms of scores some of which are infinite.

usage: python make_infinite_scores.py     (writes next to this file; needs numpy, scipy, scikit-learn)
versions: Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

An infinite score is null in the file, and so is a truth that is not known. The area is counted pair by pair in NumPy,
which compares infinities as they should be compared; scikit-learn refuses them, so there they are a number above all
others, which ranks alike. p-values are (1 + #{calibration >= s}) / (n + 1), counted by NumPy too; alarms are scores
above numpy.sort(calibration)[ceil((n + 1) (1 - rate)) - 1].
"""

import json
import math
import pathlib

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(11)
cases = []
for m, n, infinite_odd, infinite_normal, unknown in [(20, 60, 5, 0, 0), (30, 40, 12, 3, 7), (5, 9, 5, 0, 2), (8, 8, 0, 8, 0)]:
    scores = np.concatenate([rng.normal(1, 1, m), rng.normal(0, 1, n)])
    scores = np.round(scores, 1)
    scores[:infinite_odd] = np.inf
    scores[m : m + infinite_normal] = np.inf
    truth = np.array([1.0] * m + [0.0] * n)
    order = rng.permutation(m + n)
    scores, truth = scores[order], truth[order]
    truth[rng.permutation(m + n)[:unknown]] = np.nan
    known = ~np.isnan(truth)
    a, b = scores[known & (truth == 1)], scores[known & (truth == 0)]
    pairs = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    area = pairs.mean()
    top = scores[np.isfinite(scores)].max() + 1
    finite = np.where(np.isinf(scores), top, scores)
    assert abs(roc_auc_score(truth[known], finite[known]) - area) < 1e-12
    ranks = rankdata(scores[known])
    u = ranks[truth[known] == 1].sum() - len(a) * (len(a) + 1) / 2
    assert abs(u / (len(a) * len(b)) - area) < 1e-12
    calibration = np.round(rng.normal(0, 1, 39), 1)
    p = (1 + (calibration[None, :] >= scores[:, None]).sum(1)) / (len(calibration) + 1)
    threshold = np.sort(calibration)[math.ceil((len(calibration) + 1) * (1 - 0.1)) - 1]
    assert ((scores > threshold) == (p <= 0.1)).all()
    cases.append(
        {
            "scores": [float(s) if np.isfinite(s) else None for s in scores],
            "truth": [bool(t) if not np.isnan(t) else None for t in truth],
            "area": float(area),
            "anomalies": len(a),
            "normals": len(b),
            "calibration": calibration.tolist(),
            "p_values": p.tolist(),
            "flagged": int((scores > threshold).sum()),
            "false_alarms": float((b > threshold).mean()),
            "detected": float((a > threshold).mean()),
            "mean": float(scores[np.isfinite(scores)].mean()),
            "infinite": int(np.isinf(scores).sum()),
        }
    )
path = pathlib.Path(__file__).with_name("infinite_scores.json")
path.write_text(json.dumps({"cases": cases}, indent=1) + "\n")
