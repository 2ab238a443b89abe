"""Makes fitted_priors.json: densities by SciPy, a converged mixture by scikit-learn.

usage: python make_fitted_priors.py     (writes next to this file; needs numpy, scipy, scikit-learn)

gaussian, mixture   parameters, points (exact in float32) and ln p of each point, nats
data                rows drawn from three overlapping normal distributions, rounded to float32
fit                 scikit-learn's mixture of three on the data, no regularisation, run until a turn
                    gains less than 1e-12 nats a row, best of 20 starts: Σ ln p over the rows and BIC
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

generator = numpy.random.default_rng(20)


def covariance(size):
    factor = generator.normal(size=(size, size))
    return factor @ factor.T + 0.1 * numpy.eye(size)


def points(count, size):
    return (3 * generator.normal(size=(count, size))).astype(numpy.float32).astype(float)


size = 4
gaussian = {"mean": generator.normal(size=size), "covariance": covariance(size)}
rows = points(6, size)
gaussian["points"] = rows
gaussian["log_density"] = multivariate_normal(gaussian["mean"], gaussian["covariance"]).logpdf(rows)

weights = numpy.array([0.2, 0.5, 0.3])
means = 2 * generator.normal(size=(3, size))
covariances = numpy.stack([covariance(size) for _ in range(3)])
rows = points(6, size)
joint = numpy.stack(
    [
        numpy.log(w) + multivariate_normal(m, c).logpdf(rows)
        for w, m, c in zip(weights, means, covariances)
    ]
)
mixture = {
    "weights": weights,
    "means": means,
    "covariances": covariances,
    "points": rows,
    "log_density": logsumexp(joint, axis=0),
}

data = numpy.concatenate(
    [
        generator.multivariate_normal(m, c, size=n)
        for m, c, n in [
            ([0, 0, 0], [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 0.2]], 120),
            ([4, 0, 1], [[0.5, 0, 0], [0, 2, 0.3], [0, 0.3, 1]], 80),
            ([-1, 4, 0], [[1, -0.6, 0], [-0.6, 1, 0.2], [0, 0.2, 0.6]], 100),
        ]
    ]
).astype(numpy.float32)
fitted = GaussianMixture(
    3, reg_covar=0, tol=1e-12, max_iter=100_000, n_init=20, random_state=1
).fit(data.astype(float))
assert fitted.converged_

result = {
    "versions": {
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "gaussian": gaussian,
    "mixture": mixture,
    "data": data.astype(float),
    "fit": {
        "log_likelihood": float(fitted.score(data.astype(float)) * len(data)),
        "bic": float(fitted.bic(data.astype(float))),
    },
}
text = json.dumps(result, default=lambda array: array.tolist(), sort_keys=True)
pathlib.Path(__file__).with_name("fitted_priors.json").write_text(text + "\n")
