"""Writes likelihoods.json: log-densities, scores and means in 60 digits.

The formulas are the textbooks', evaluated by mpmath with no thought of stability: 60 digits forgive every
cancellation. Scores are mpmath's numerical derivatives of them. Where SciPy or PyTorch has the
distribution, the script compares with it and stops on a difference.

Beside each number stands a magnitude: the sum of the absolute terms that a float formula has to add or
multiply up, in units of which the tests give their tolerance.

    python3 make_likelihoods.py    # wrote the file with mpmath 1.3.0, SciPy 1.17.1, PyTorch 2.13.0, NumPy 2
"""

import itertools
import json
import math
import os

import mpmath as mp
import numpy as np
import scipy.stats
import torch

mp.mp.dps = 60
torch.set_default_dtype(torch.float64)


def f(value):
    """The nearest float32, exactly."""
    return float(np.float32(value))


def short(text):
    """A magnitude needs no more than a few digits."""
    return float(f"{float(text):.3g}")


def softplus(t):
    return max(t, 0.0) + math.log1p(math.exp(-abs(t)))


def sigmoid(t):
    return 1 / (1 + math.exp(-t)) if t > -700 else 0.0


# Each distribution: ln p(x; outputs, learned) in mpmath, its mean, and magnitudes in plain floats.


class ContinuousBernoulli:
    def log_density(self, x, o, learned):
        (l,) = o
        p = 1 / (1 + mp.exp(-l))
        if l == 0:
            return mp.mpf(0)
        constant = 2 * mp.atanh(1 - 2 * p) / (1 - 2 * p)
        return mp.log(constant) + x * mp.log(p) + (1 - x) * mp.log(1 - p)

    def mean(self, o, learned):
        (l,) = o
        return mp.mpf(1) / 2 if l == 0 else 1 / (1 - mp.exp(-l)) - 1 / mp.mpf(l)

    def magnitudes(self, x, o, learned):
        (l,) = o
        return abs(x * l) + max(l, 0) + math.log(max(abs(l), 1)) + 1, [x + 1], 0, 1

    def check(self, x, o, learned):
        (l,) = o
        if 0.3 < abs(l) < 30:
            d = torch.distributions.ContinuousBernoulli(logits=torch.tensor(l))
            return d.log_prob(torch.tensor(x)).item()


class Laplace:
    def log_density(self, x, o, learned):
        return -abs(x - mp.mpf(o[0])) / mp.exp(learned) - learned - mp.log(2)

    def mean(self, o, learned):
        return mp.mpf(o[0])

    def magnitudes(self, x, o, learned):
        r = abs(x - o[0]) / math.exp(learned)
        return r + abs(learned) + math.log(2), [1 / math.exp(learned)], r + 1, abs(o[0])

    def check(self, x, o, learned):
        return scipy.stats.laplace.logpdf(x, o[0], math.exp(learned))


class StudentT:
    def __init__(self, freedom):
        self.freedom = freedom

    def log_density(self, x, o, learned):
        n, s = mp.mpf(self.freedom), mp.exp(learned)
        q = ((x - mp.mpf(o[0])) / s) ** 2 / n
        return (
            mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n * mp.pi) / 2 - mp.log(s)
            - (n + 1) / 2 * mp.log(1 + q)
        )

    def mean(self, o, learned):
        return mp.mpf(o[0])

    def magnitudes(self, x, o, learned):
        n, s = self.freedom, math.exp(learned)
        r = abs(x - o[0]) / s
        weight = (n + 1) / (n + r * r)
        density = (n + 1) / 2 * math.log1p(r * r / n) + weight * r * r + abs(learned)
        return density + 1, [weight * r / s], weight * r * r + 1, abs(o[0])

    def check(self, x, o, learned):
        return scipy.stats.t.logpdf(x, self.freedom, o[0], math.exp(learned))


class DiscretisedLogistic:
    def log_density(self, x, o, learned):
        m, s, half = mp.mpf(o[0]), mp.exp(learned), mp.mpf(1) / 510

        def cumulative(t):
            return 1 / (1 + mp.exp(-(t - m) / s))

        if x == 0:
            return mp.log(cumulative(x + half))
        if x == 1:
            # The upper tail by symmetry: 1 − F would leave 60 digits nothing for tails below 10⁻⁶⁰.
            return -mp.log(1 + mp.exp((x - half - m) / s))
        # Far from the centre both are near 1: take the tails on the nearer side.
        if x < m:
            return mp.log(cumulative(x + half) - cumulative(x - half))
        def tail(t):
            return 1 / (1 + mp.exp((t - m) / s))

        return mp.log(tail(x - half) - tail(x + half))

    def mean(self, o, learned):
        m, s = mp.mpf(o[0]), mp.exp(learned)
        return sum(1 / (1 + mp.exp(((k - mp.mpf(1) / 2) / 255 - m) / s)) for k in range(1, 256)) / 255

    def magnitudes(self, x, o, learned):
        s = math.exp(learned)
        a, b = (x + 1 / 510 - o[0]) / s, (x - 1 / 510 - o[0]) / s
        d = 1 / 255 / s
        slope = (sigmoid(b) * (1 + abs(b)) + sigmoid(-a) * (1 + abs(a)))
        density = softplus(-a) + softplus(b) + sigmoid(-a) * abs(a) + sigmoid(b) * abs(b)
        density += abs(math.log(-math.expm1(-d))) + 1
        own = sigmoid(b) * abs(b) * (1 + abs(b)) + sigmoid(-a) * abs(a) * (1 + abs(a)) + 1
        # The mean is a sum of 255 sigmoids of arguments as large as these.
        return density, [slope / s], own, 1 + 2 * (1 + abs(o[0])) / s

    def check(self, x, o, learned):
        s = math.exp(learned)
        if 0 < x < 1 and abs(x - o[0]) / s < 5 and s > 1e-3:
            d = scipy.stats.logistic(o[0], s)
            return math.log(d.cdf(x + 1 / 510) - d.cdf(x - 1 / 510))


class Poisson:
    def log_density(self, x, o, learned):
        return x * mp.mpf(o[0]) - mp.exp(o[0]) - mp.loggamma(mp.mpf(x) + 1)

    def mean(self, o, learned):
        return mp.exp(o[0])

    def magnitudes(self, x, o, learned):
        rate = math.exp(o[0])
        factorial = 2 * x * (math.log(x + 1) + 1) + 12
        return abs(x * o[0]) + rate + factorial, [x + rate], 0, rate

    def check(self, x, o, learned):
        return scipy.stats.poisson.logpmf(x, math.exp(o[0]))


class NegativeBinomial:
    def log_density(self, x, o, learned):
        mu, theta, x = mp.exp(o[0]), mp.exp(learned), mp.mpf(x)
        return (
            mp.loggamma(x + theta) - mp.loggamma(theta) - mp.loggamma(x + 1)
            + theta * mp.log(theta / (theta + mu)) + x * mp.log(mu / (theta + mu))
        )

    def mean(self, o, learned):
        return mp.exp(o[0])

    def magnitudes(self, x, o, learned):
        theta, t = math.exp(learned), o[0] - learned
        success, failure = sigmoid(t), sigmoid(-t)
        # Stirling's terms of both ratios; what raised a small argument; the two powers.
        z = theta + 4
        ratio = z * math.log1p(x / z) + x * (abs(math.log(z + x)) + 1)
        ratio += 4 * math.log1p(x / theta) if x > 0 else 0
        density = ratio + 2 * x * (math.log(x + 1) + 1) + theta * softplus(t) + 12 * (x > 0)
        density += x * (abs(t) + softplus(t)) + (x + theta) * success * abs(t)
        score = (x * failure + theta * success) * (1 + abs(t))
        digamma = math.log1p(x / theta) + (x / theta / (x + theta) if x > 0 else 0)
        own = (theta * (digamma + softplus(t) + success) + x * failure) * (1 + abs(t))
        return density, [score], own, math.exp(o[0])

    def check(self, x, o, learned):
        mu, theta = math.exp(o[0]), math.exp(learned)
        if theta < 1e4 and x < 1e4 and abs(o[0] - learned) < 20:
            return scipy.stats.nbinom.logpmf(x, theta, theta / (theta + mu))


class ZeroInflatedNegativeBinomial(NegativeBinomial):
    def log_density(self, x, o, learned):
        pi = 1 / (1 + mp.exp(-mp.mpf(o[1])))
        counts = super().log_density(x, o, learned)
        if x == 0:
            return mp.log(pi + (1 - pi) * mp.exp(counts))
        return mp.log(1 - pi) + counts

    def mean(self, o, learned):
        return mp.exp(o[0]) / (1 + mp.exp(mp.mpf(o[1])))

    def magnitudes(self, x, o, learned):
        density, (score,), own, mean = super().magnitudes(x, o, learned)
        logit, theta, t = o[1], math.exp(learned), o[0] - learned
        none = theta * softplus(t)
        density += softplus(logit) + softplus(-logit) + abs(logit) + none
        share = 1.0
        if x == 0:
            # The probability that the zero is a count, a sigmoid of an argument that large.
            share = sigmoid(-none - logit) * (1 + none + abs(logit))
        second = (1 + none + abs(logit)) * (1 if x == 0 else sigmoid(logit))
        return density + 1, [score * share, second], own * share, mean * sigmoid(-logit) * (1 + abs(logit))

    def check(self, x, o, learned):
        counts = super().check(x, o, learned)
        if counts is None or abs(o[1]) > 20:
            return None
        pi = 1 / (1 + math.exp(-o[1]))
        return math.log(pi * (x == 0) + (1 - pi) * math.exp(counts)) if counts > -600 else None


def case(spec, distribution, points, learns):
    """points: (x, outputs, learned) with every number a float32."""
    rows = {k: [] for k in [
        "x", "output", "learned", "density", "densityMagnitude", "score", "scoreMagnitude", "own",
        "ownMagnitude", "mean", "meanMagnitude"]}
    for x, outputs, learned in points:
        density = distribution.log_density(x, outputs, learned)
        check = distribution.check(x, outputs, learned)
        if check is not None and not abs(check - float(density)) <= 1e-7 * (1 + abs(check)):
            raise SystemExit(f"{spec}: x {x}, {outputs}, {learned}: {check} is not {float(density)}")
        magnitude, scores, own, mean = distribution.magnitudes(x, outputs, learned)
        kink = isinstance(distribution, Laplace) and x == outputs[0]
        score = []
        for place in range(len(outputs)):
            def moved(value, place=place):
                return distribution.log_density(
                    x, [value if i == place else mp.mpf(o) for i, o in enumerate(outputs)],
                    mp.mpf(learned))
            score.append(0.0 if kink else float(mp.diff(moved, mp.mpf(outputs[place]))))
        rows["x"].append(x)
        rows["output"].append(list(outputs))
        rows["density"].append(float(density))
        rows["densityMagnitude"].append(magnitude)
        rows["score"].append(score)
        rows["scoreMagnitude"].append(scores)
        rows["mean"].append(float(distribution.mean(outputs, mp.mpf(learned))))
        rows["meanMagnitude"].append(mean)
        if learns:
            rows["learned"].append(learned)
            rows["own"].append(float(mp.diff(
                lambda v: distribution.log_density(x, [mp.mpf(o) for o in outputs], v),
                mp.mpf(learned))))
            rows["ownMagnitude"].append(own)
    return {"likelihood": spec, **rows}


def grid(*axes):
    return [tuple(f(v) for v in point) for point in itertools.product(*axes)]


def main():
    cases = []
    logits = [-80, -30, -5, -1.5, -1, -0.99, -0.3, -1e-3, -1e-8, 0, 1e-8, 1e-3, 0.3, 1, 1.01, 5, 30, 80]
    cases.append(case(
        {"type": "continuous_bernoulli"}, ContinuousBernoulli(),
        [(x, [l], 0.0) for x, l in grid([0, 0.25, 0.5, 1], logits)], False))
    places = grid([0, 0.3, 1, -2], [-40, -0.5, 0, 0.3, 0.30001, 1, 12], [-6, -2, 0, 1.5])
    cases.append(case(
        {"type": "laplace", "scale": "per_dimension"}, Laplace(),
        [(x, [m], l) for x, m, l in places], True))
    for freedom in [0.5, 3, 30, 1e4]:
        cases.append(case(
            {"type": "student_t", "degrees_of_freedom": freedom, "scale": "per_dimension"},
            StudentT(freedom), [(x, [m], l) for x, m, l in places], True))
    cases.append(case(
        {"type": "discretised_logistic", "scale": "per_dimension"}, DiscretisedLogistic(),
        [(x, [m], l) for x, m, l in grid(
            [0, 1 / 255, 100 / 255, 254 / 255, 1], [-2, 0, 0.4, 0.999, 1, 3], [-8, -5, -2, 1])], True))
    counts = [0, 1, 2, 7, 100, 12345, 1e6]
    cases.append(case(
        {"type": "poisson"}, Poisson(),
        [(x, [e], 0.0) for x, e in grid(counts, [-20, -1, 0, 3, 10, 14])], False))
    points = grid(counts, [-20, -1, 0, 3, 10], [-10, -2, 0, 1.38, 1.39, 6, 13])
    cases.append(case(
        {"type": "negative_binomial"}, NegativeBinomial(),
        [(x, [e], l) for x, e, l in points], True))
    points = grid([0, 1, 7, 12345], [-20, 0, 3], [-30, -3, 0, 4, 30], [-2, 1.39, 13])
    cases.append(case(
        {"type": "zero_inflated_negative_binomial"}, ZeroInflatedNegativeBinomial(),
        [(x, [e, p], l) for x, e, p, l in points], True))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "likelihoods.json")
    with open(path, "w") as file:
        for entry in cases:
            for name in [n for n in entry if n.endswith("Magnitude")]:
                entry[name] = json.loads(json.dumps(entry[name]), parse_float=short)
        # A number a line would be thousands of lines; a field a line is readable enough.
        file.write("[\n")
        for index, entry in enumerate(cases):
            fields = ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in entry.items())
            file.write(" {" + fields + "}" + ("," if index + 1 < len(cases) else "") + "\n")
        file.write("]\n")


main()
