"""Makes training_fashion.safetensors and training.json: whole training steps by PyTorch.

usage: python make_training.py     (writes next to this file; needs torch, numpy, safetensors)
versions: Python 3.11, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0

Each run trains a small number of Adam steps in float64, which is the reference, and three times in
float32, which shows what rounding does to these steps and from which a test derives its tolerance:
as written, with the batch in reverse order, and without oneDNN (mathematically all the same).
Weights, data and noise are not stored: both sides compute them from integers, bit for bit. With t
a tensor index and i a flat index

    bits(t, i) = (i · 2654435761 + t · 40503 · 65536 + 12345) mod 2^32
    u(t, i)    = float32(bits >> 8) / 2^24, exact, in [0, 1)
    byte(t, i) = bits >> 24

Such bits are evenly spread rather than random. Sums of weights nearly cancel, the signal in a deep
network becomes faint, and Adam turns its rounding into steps. A run whose `mixing` is "murmur3"
therefore sends bits through MurmurHash3's finaliser before any use, in 32-bit arithmetic:
h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; h ^= h >> 16.

weights    t counts the weights (not the biases) of dense, conv2d and conv_transpose2d, from 0,
           encoder then decoder; i runs over PyTorch's layout. The limit a = √(6 / (fan_in +
           fan_out)) is computed in float64 and rounded to float32; a convolution's fans are its
           channels × kernel height × kernel width. The value is float32((2u − 1) · a): 2u − 1 is
           exact, the product rounds once. Biases start at 0; batch_norm at weight 1, bias 0,
           running_mean 0, running_var 1.
data       t = 500 + step, step from 0; i runs over [batch, H, W, C] before padding. A pixel is
           float32(byte) / 255, one float32 division. Zeros pad the image on all four sides.
noise      t = 1000 + step; i runs over [batch, latents]. With u_k = u(t, 4i + k), k = 0 … 3,
           ε = ((((u_0 + u_1) + u_2) + u_3) − 2) · 1.7320508, every operation in float32.

A step: (mean ‖ logVariance) = encoder(x), z = mean + exp(½ logVariance) ε, y = decoder(z).

    kl              mean over the batch of −½ Σ (1 + logVariance − mean² − exp(logVariance))
    reconstruction  weight × the mean over the batch of the sum, or of the mean, over all
                    dimensions (padding included) of the cross-entropy of logits, or of (y − x)²
    loss            reconstruction + kl, no bound on logVariance, no clipping
    gradient_norm   √ of the sum of squares over all parameters' gradients
    Adam            β = (0.9, 0.999), ε = 1e-8 added to √v̂, bias-corrected, no weight decay

training.json: `versions`, and in `runs` by name the spec (`encoder`, `decoder`), the settings,
`first_values` (to check the formulas above), `steps` and `tensors`. A step has the float64 numbers
and in `float32_deviation` how far a float32 run came from them. A tensor has, for `first_gradient`
(step 0) and for `final` (after the last step), sum, sum of squares and largest magnitude in float64
and, of the float32 runs, the largest and the root-mean-square deviation of an element and the
deviation of both sums. Each deviation is the worst of the three float32 runs. A bias that
batch_norm follows is listed in `cancelled_biases`: its true gradient is 0, rounding makes it noise,
and Adam turns noise into full steps, so only the running means see it and no two programs agree on
it.

training_fashion.safetensors: float64 results rounded to F32, for the runs whose `stored` is true,
as <run>.first_gradient.<parameter> and <run>.final.<parameter>, in PyTorch's names and layouts.
"""

import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch
import torch.nn.functional as F

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Interop"))
import torch_layers  # noqa: E402

RELU = {"type": "relu"}
LEAKY = {"type": "leaky_relu", "slope": 0.3}
NORM = {"type": "batch_norm", "epsilon": 1e-3, "momentum": 0.01}


def dense(outputs):
    return {"type": "dense", "outputs": outputs}


def conv(filters, stride=2, kind="conv2d"):
    return {"type": kind, "filters": filters, "kernel": [3, 3], "stride": [stride, stride],
            "padding": "same"}


def up(filters, stride=2):
    return conv(filters, stride, "conv_transpose2d")


def reshape(size, channels):
    return {"type": "reshape", "height": size, "width": size, "channels": channels}


def fashion(batch, stored=False, mixing="none"):
    return {
        "mixing": mixing,
        "encoder": [conv(32), RELU, conv(64), RELU, conv(128), RELU, {"type": "flatten"},
                    dense(4)],
        "decoder": [dense(2048), reshape(4, 128), up(128), RELU, up(64), RELU, up(32), RELU,
                    conv(1, stride=1)],
        "input": [28, 28, 1], "padding": 2, "latents": 2, "batch": batch, "step_count": 5,
        "reconstruction": {"likelihood": "bernoulli_logits", "over_dimensions": "mean",
                           "weight": 500},
        "learning_rate": 5e-4, "stored": stored}


def dense_workload():
    return {
        "mixing": "none",
        "encoder": [dense(400), RELU, dense(40)], "decoder": [dense(400), RELU, dense(784)],
        "input": [784], "padding": 0, "latents": 20, "batch": 16, "step_count": 5,
        "reconstruction": {"likelihood": "bernoulli_logits", "over_dimensions": "sum",
                           "weight": 1},
        "learning_rate": 1e-3, "stored": False}


def faces_small():
    down = [conv(8), NORM, LEAKY]
    return {
        "mixing": "none",
        "encoder": [*down, *down, *down, {"type": "flatten"}, dense(12)],
        "decoder": [dense(32), NORM, LEAKY, reshape(2, 8), *[up(8), NORM, LEAKY] * 3,
                    up(3, stride=1), {"type": "sigmoid"}],
        "input": [16, 16, 3], "padding": 0, "latents": 6, "batch": 12, "step_count": 3,
        "reconstruction": {"likelihood": "squared_error", "over_dimensions": "mean",
                           "weight": 2000},
        "learning_rate": 5e-4, "stored": True}


def bits(run, tensor_index, count):
    """`count` 32-bit integers, in uint64."""
    low = np.uint64(2 ** 32 - 1)
    i = np.arange(count, dtype=np.uint64)
    shift = np.uint64(tensor_index * 40503 * 65536 + 12345)
    h = (i * np.uint64(2654435761) + shift) & low
    if run["mixing"] == "murmur3":
        h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & low
        h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & low
        h ^= h >> np.uint64(16)
    return h


def uniform(run, tensor_index, count):
    high = bits(run, tensor_index, count) >> np.uint64(8)
    return high.astype(np.float32) / np.float32(2 ** 24)


def initial_weight(run, tensor_index, shape):
    """Float32 values in PyTorch's layout, uniform within Glorot's limit."""
    fans = (shape[0] + shape[1]) * int(np.prod(shape[2:]))
    limit = np.float32(np.sqrt(6 / fans))
    values = (2 * uniform(run, tensor_index, int(np.prod(shape))) - np.float32(1)) * limit
    assert values.dtype == np.float32
    return torch.from_numpy(values.reshape(shape))


def images(run, step):
    """[batch, C, H, W] with the padding on, or [batch, D]."""
    shape, p = [run["batch"], *run["input"]], run["padding"]
    pixels = (bits(run, 500 + step, int(np.prod(shape))) >> np.uint64(24)).astype(np.float32)
    x = torch.from_numpy((pixels / np.float32(255)).reshape(shape))
    return F.pad(x.permute(0, 3, 1, 2), (p, p, p, p)) if x.dim() == 4 else x


def noise(run, step):
    u = uniform(run, 1000 + step, 4 * run["batch"] * run["latents"]).reshape(-1, 4)
    total = ((u[:, 0] + u[:, 1]) + u[:, 2]) + u[:, 3]
    values = (total - np.float32(2)) * np.float32(1.7320508)
    assert values.dtype == np.float32
    return torch.from_numpy(values.reshape(run["batch"], run["latents"]))


def make_model(run):
    """The run's modules in float32, with the initial weights of the formula."""
    shape = tuple(images(run, 0).shape[1:])
    model = torch_layers.model(run, shape, run["latents"])
    tensor_index = 0
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data = initial_weight(run, tensor_index, tuple(parameter.shape))
            tensor_index += 1
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.data.zero_()
    return model


def loss_terms(run, model, x, epsilon):
    mean, log_variance = model["encoder"](x).chunk(2, dim=1)
    z = mean + torch.exp(0.5 * log_variance) * epsilon
    y = model["decoder"](z)
    target, setting = x.reshape(y.shape), run["reconstruction"]
    if setting["likelihood"] == "bernoulli_logits":
        terms = F.binary_cross_entropy_with_logits(y, target, reduction="none")
    else:
        terms = (y - target).square()
    per_example = getattr(terms.flatten(1), setting["over_dimensions"])(1)
    kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()
    return setting["weight"] * per_example.mean(), kl, log_variance


def learnt_state(model):
    """Parameters and running statistics, as float64."""
    return {name: value.detach().double().clone() for name, value in model.state_dict().items()
            if not name.endswith("num_batches_tracked")}


def train(run, precision, backwards=False):
    """Every step's numbers, the first step's gradients and the state after the last step."""
    order = torch.arange(run["batch"])
    order = order.flip(0) if backwards else order
    model = make_model(run).to(precision)
    optimiser = torch.optim.Adam(model.parameters(), lr=run["learning_rate"],
                                 betas=(0.9, 0.999), eps=1e-8)
    steps, first = [], {}
    for step in range(run["step_count"]):
        optimiser.zero_grad()
        x = images(run, step)[order].to(precision)
        epsilon = noise(run, step)[order].to(precision)
        reconstruction, kl, log_variance = loss_terms(run, model, x, epsilon)
        (reconstruction + kl).backward()
        gradients = {name: p.grad.double().clone() for name, p in model.named_parameters()}
        first = first or gradients
        norm = sum(g.square().sum() for g in gradients.values()).sqrt()
        steps.append({"loss": (reconstruction + kl).item(), "gradient_norm": norm.item(),
                      "reconstruction": reconstruction.item(), "kl": kl.item(),
                      "log_variance_range": [log_variance.min().item(),
                                             log_variance.max().item()]})
        optimiser.step()
    return steps, first, learnt_state(model)


def float32_runs(run):
    """The same training in float32, three ways that differ only in their rounding."""
    results = [train(run, torch.float32), train(run, torch.float32, backwards=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a device that is not in use
        with torch.backends.mkldnn.flags(enabled=False):
            return results + [train(run, torch.float32)]


def sums(tensor):
    return {"sum": tensor.sum().item(), "sum_of_squares": tensor.square().sum().item()}


def compare(reference, others):
    """Sums of a float64 tensor, and how far the float32 runs are from it."""
    result = {**sums(reference), "largest": reference.abs().max().item()}
    deviations = [(other - reference).abs() for other in others]
    result["float32_deviation"] = {
        "largest": max(d.max().item() for d in deviations),
        "root_mean_square": max(d.square().mean().sqrt().item() for d in deviations),
        **{key: max(abs(sums(other)[key] - result[key]) for other in others)
           for key in ("sum", "sum_of_squares")}}
    return result


def cancelled_biases(run):
    """Biases whose effect batch normalisation takes away."""
    return [f"{part}.{index}.bias" for part in ("encoder", "decoder")
            for index, following in enumerate(run[part][1:]) if following["type"] == "batch_norm"]


def first_values(run):
    """A few of the formula's numbers, exact in float32."""
    raw = bits(run, 500, 8) >> np.uint64(24)
    weight = next(p for p in make_model(run).parameters() if p.dim() > 1)
    return {"first_weight": weight.detach().flatten()[:4].tolist(),
            "data_bytes": raw.tolist(), "noise": noise(run, 0).flatten()[:4].tolist()}


def report(name, run):
    """The run's JSON object and the tensors to store."""
    steps, gradients, final = train(run, torch.float64)
    rounded = float32_runs(run)
    for index, step in enumerate(steps):
        step["float32_deviation"] = {
            key: max(abs(other[index][key] - step[key]) for other, _, _ in rounded)
            for key in ("loss", "reconstruction", "kl", "gradient_norm")}
    tensors = {}
    for key, value in final.items():
        tensors[key] = {"shape": list(value.shape)}
        if key in gradients:
            others = [other[key] for _, other, _ in rounded]
            tensors[key]["first_gradient"] = compare(gradients[key], others)
        tensors[key]["final"] = compare(value, [other[key] for _, _, other in rounded])
    stored = {f"{name}.first_gradient.{key}": value for key, value in gradients.items()}
    stored |= {f"{name}.final.{key}": value for key, value in final.items()}
    description = {**run, "cancelled_biases": cancelled_biases(run),
                   "first_values": first_values(run), "steps": steps, "tensors": tensors}
    return description, stored if run["stored"] else {}


def compact(value, indent=0, depth=4):
    """JSON with one line for each small object: readable, and a change shows as a line."""
    items = value if isinstance(value, (dict, list)) else []
    if depth == 0 or not any(isinstance(item, (dict, str)) for item in items):
        return json.dumps(value, ensure_ascii=False)
    space = " " * (indent + 2)
    if isinstance(value, dict):
        inner = [f"{space}{json.dumps(k)}: {compact(v, indent + 2, depth - 1)}"
                 for k, v in value.items()]
        return "{\n" + ",\n".join(inner) + "\n" + " " * indent + "}"
    inner = [space + compact(v, indent + 2, depth - 1) for v in value]
    return "[\n" + ",\n".join(inner) + "\n" + " " * indent + "]"


def main():
    torch.set_num_threads(1)
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0],
                "numpy": np.__version__, "safetensors": safetensors.__version__}
    runs = {"fashion": fashion(100, stored=True), "fashion_batch7": fashion(7),
            "fashion_mixed": fashion(100, mixing="murmur3"),
            "dense": dense_workload(), "faces_small": faces_small()}
    descriptions, tensors = {}, {}
    for name, run in runs.items():
        descriptions[name], stored = report(name, run)
        tensors |= {key: value.float().contiguous().numpy() for key, value in stored.items()}
        for step in descriptions[name]["steps"]:
            print(name, *(f"{key} {step[key]:.7g} ± {deviation:.1e}"
                          for key, deviation in step["float32_deviation"].items()))
    target = HERE / "training_fashion.safetensors"
    safetensors.numpy.save_file(tensors, target,
                                metadata={"versions": json.dumps(versions)})
    target.chmod(0o644)
    content = compact({"versions": versions, "runs": descriptions})
    (HERE / "training.json").write_text(content + "\n")


if __name__ == "__main__":
    main()
