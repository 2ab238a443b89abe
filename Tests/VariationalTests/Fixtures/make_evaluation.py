"""Makes evaluation.json: disentanglement scores and distances of small point sets, by NumPy, SciPy and
scikit-learn.

usage: python make_evaluation.py     (writes next to this file; needs numpy, scipy, scikit-learn)
versions: Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1

codes      [300, 4]: mixtures of three factors with noise, rounded to float32 so that both sides see the same
           numbers; written in full.
factors    [300, 3] integers.
mig        Locatello et al.'s discretisation (np.digitize on the edges of np.histogram, 20 bins), mutual
           information and entropy by scikit-learn's mutual_info_score (nats).
sap        squared correlations by np.corrcoef.
lasso      scikit-learn's Lasso(alpha=0.01) without intercept on standardised even rows; the coefficients.
points     two sets [40, 6]; precision and recall (k = 3) and the unbiased MMD² from SciPy's cdist, by the
           textbook's double sums.
"""

import json
import pathlib

import numpy as np
from scipy.spatial.distance import cdist, pdist
from sklearn.linear_model import Lasso
from sklearn.metrics import mutual_info_score

rng = np.random.default_rng(20)
n = 300
factors = np.stack([rng.integers(0, 3, n), rng.integers(0, 5, n), rng.integers(0, 8, n)], axis=1)
v = (factors - factors.mean(0)) / factors.std(0)
codes = np.stack(
    [
        v[:, 0] + 0.1 * rng.normal(size=n),
        0.8 * v[:, 1] + 0.6 * v[:, 2] + 0.1 * rng.normal(size=n),
        -0.6 * v[:, 1] + 0.8 * v[:, 2] + 0.1 * rng.normal(size=n),
        0.3 * rng.normal(size=n),
    ],
    axis=1,
).astype(np.float32).astype(np.float64)


def discretised(column, bins=20):
    edges = np.histogram(column, bins)[1]
    return np.digitize(column, edges[:-1])


binned = [discretised(codes[:, j]) for j in range(4)]
information = np.array(
    [[mutual_info_score(factors[:, k], binned[j]) for k in range(3)] for j in range(4)])
entropies = np.array([mutual_info_score(factors[:, k], factors[:, k]) for k in range(3)])
ordered = np.sort(information, axis=0)[::-1]
mig = (ordered[0] - ordered[1]) / entropies

predictability = np.array(
    [[np.corrcoef(codes[:, j], factors[:, k])[0, 1] ** 2 for k in range(3)] for j in range(4)])
ordered = np.sort(predictability, axis=0)[::-1]
sap = ordered[0] - ordered[1]

x, y = codes[::2], factors[::2].astype(float)
x = (x - x.mean(0)) / x.std(0)
y = (y - y.mean(0)) / y.std(0)
lasso = [
    Lasso(alpha=0.01, fit_intercept=False, tol=1e-12, max_iter=100000).fit(x, y[:, k]).coef_.tolist()
    for k in range(3)
]

m, k = 40, 3
real = rng.normal(size=(m, 6))
samples = 0.7 * rng.normal(size=(m, 6)) + 0.4


def radii(points):
    distances = np.sort(cdist(points, points), axis=1)
    return distances[:, k]  # column 0 is the point itself


def covered(points, centres):
    return float(np.mean(np.any(cdist(points, centres) <= radii(centres)[None, :], axis=1)))


ordered = np.sort(pdist(real))
width = float(ordered[len(ordered) // 2])


def kernel(a, b):
    return float(np.exp(-np.sum((a - b) ** 2) / (2 * width**2)))


mmd = 0.0
for i in range(m):
    for j in range(m):
        if i != j:
            mmd += kernel(samples[i], samples[j]) + kernel(real[i], real[j])
            mmd -= kernel(samples[i], real[j]) + kernel(samples[j], real[i])
mmd /= m * (m - 1)

result = {
    "codes": codes.tolist(),
    "factors": factors.tolist(),
    "information": information.tolist(),
    "mig": mig.tolist(),
    "predictability": predictability.tolist(),
    "sap": sap.tolist(),
    "lasso": lasso,
    "real": real.tolist(),
    "samples": samples.tolist(),
    "precision": covered(samples, real),
    "recall": covered(real, samples),
    "kernel_width": width,
    "mmd_squared": mmd,
}
path = pathlib.Path(__file__).with_name("evaluation.json")
path.write_text(json.dumps(result) + "\n")
print({key: result[key] for key in ("mig", "sap", "precision", "recall", "mmd_squared", "lasso")})
