"""Checks that ONNX Runtime computes from `vae export` what `vae encode` and `vae decode` compute.

usage: python onnx_check.py --vae PATH_TO_vae [--data-directory FOLDER] [--examples 64] [--keep FOLDER]
versions: Python 3.11, and requirements-export.txt (onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6)

Each model is trained for one epoch (images: a few) on a little data, exported, and its files are read by onnx's checker (types
and shapes inferred, strictly). Then the same examples go through both:

1. encoder.onnx against `vae encode` (.npz): mean, and log_variance where there is one;
2. decoder.onnx against `vae decode` (.npy) from the same latents: mean.
3. The encoder again with the last layer's bias moved by 60, which drives log-variances beyond their soft bound.
   A copy of the folder with the moved weight is encoded and exported.

Models: the three workloads (dense and fashion on Fashion-MNIST, faces on random colours), a table, a model with
every layer, activation and padding that the engine has, one for every likelihood that is left, a plain
autoencoder, and one whose log-variance is cut off.

Two arrays agree if the largest difference is at most 1e-4 of the largest magnitude. Exit status 0 if all agree, 1
if not.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vae", required=True, type=Path, help="the vae binary")
    parser.add_argument("--data-directory", type=Path,
                        default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--examples", type=int, default=64)
    parser.add_argument("--keep", type=Path, help="where models and exports stay")
    return parser.parse_args()


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{result.stderr}")


# What the models are trained on.

def garments(options, count):
    with gzip.open(options.data_directory / "t10k-images-idx3-ubyte.gz") as file:
        content = file.read()
    pixels = np.frombuffer(content, np.uint8, offset=16)
    return pixels.reshape(-1, 28, 28)[:count]


def colours(generator, count, height, width, channels):
    """Smooth random images, so that batch normalisation sees something."""
    coarse = generator.integers(0, 256, (count, (height + 3) // 4, (width + 3) // 4, channels))
    return coarse.repeat(4, 1).repeat(4, 2)[:, :height, :width].astype(np.uint8)


def classes(generator, count, groups):
    parts = [np.eye(size, dtype=np.float32)[generator.integers(0, size, count)] for size in groups]
    return np.concatenate(parts, 1)


def table_config(name, columns, likelihood, **latent):
    return {
        "name": name, "data": {"channels": columns},
        "encoder": [{"type": "dense", "outputs": 16}, {"type": "silu"}, {"type": "batch_norm"},
                    {"type": "dense",
                     "outputs": 3 if latent.get("posterior") == "deterministic" else 6}],
        "latent": {"dimensions": 3, **latent},
        "decoder": [{"type": "dense", "outputs": 16}, {"type": "tanh"},
                    {"type": "dense", "outputs": columns
                     * (2 if likelihood["type"].startswith("zero") else 1)}],
        "likelihood": likelihood, "training": {"epochs": 1, "batch_size": 32},
    }


def everything_config():
    """Every layer and activation, odd sizes, every kind of padding."""
    return {
        "name": "everything", "data": {"height": 11, "width": 9, "channels": 2, "padding": 1},
        "encoder": [
            {"type": "conv2d", "filters": 5, "kernel": [4, 3], "stride": [2, 3], "padding": "same"},
            {"type": "batch_norm", "epsilon": 0.001, "momentum": 0.5},
            {"type": "elu", "alpha": 0.7},
            {"type": "conv2d", "filters": 4, "kernel": [3, 2], "padding": [2, 0, 1, 3],
             "dilation": [2, 1]},
            {"type": "leaky_relu", "slope": 0.2},
            {"type": "conv2d", "filters": 6, "kernel": [2, 2], "stride": [3, 2], "padding": "valid"},
            {"type": "gelu"}, {"type": "dropout", "rate": 0.3}, {"type": "flatten"},
            {"type": "gated_dense", "outputs": 12}, {"type": "softplus"},
            {"type": "dense", "outputs": 8},
        ],
        "latent": {"dimensions": 4},
        "decoder": [
            {"type": "dense", "outputs": 24}, {"type": "tanh"},
            {"type": "reshape", "height": 4, "width": 3, "channels": 2},
            {"type": "conv_transpose2d", "filters": 3, "kernel": [2, 3], "stride": [3, 2],
             "padding": "same"},
            {"type": "silu"},
            {"type": "conv_transpose2d", "filters": 4, "kernel": [3, 3], "stride": [1, 2],
             "padding": [1, 2, 0, 1], "output_padding": [1, 0]},
            {"type": "relu"},
            {"type": "conv2d", "filters": 3, "kernel": [1, 2], "padding": "same"},
            {"type": "sigmoid"},
            {"type": "conv_transpose2d", "filters": 2, "kernel": [3, 1], "padding": [0, 1, 0, 1]},
        ],
        "likelihood": {"type": "gaussian", "variance": "shared"},
        "training": {"epochs": 1, "batch_size": 16},
    }


def models(options):
    """Name, arguments of `vae train`, data, and a description or None."""
    generator = np.random.default_rng(5)
    count = max(options.examples, 256)
    fashion = garments(options, count)
    table = generator.normal(size=(count, 12)).astype(np.float32)
    unit = generator.uniform(size=(count, 12)).astype(np.float32)
    grey = (generator.integers(0, 256, (count, 12)) / 255).astype(np.float32)
    counts = generator.poisson(3.0, (count, 12)).astype(np.float32)
    yield "dense", ["--preset", "dense"], fashion, None
    yield "fashion", ["--preset", "fashion", "--batch-size", "16", "--epochs", "4"], fashion, None
    # Some steps, so that running moments have moved.
    yield ("faces", ["--preset", "faces", "--batch-size", "8", "--epochs", "6"],
           colours(generator, 64, 32, 32, 3), None)
    yield "table", [], table, table_config("table", 12, {"type": "gaussian",
                                                         "variance": "per_dimension"})
    everything = everything_config()
    sizes = everything["data"]
    yield ("everything", [],
           colours(generator, 64, sizes["height"], sizes["width"], sizes["channels"]), everything)
    for likelihood, data in [
        ({"type": "continuous_bernoulli"}, unit),
        ({"type": "discretised_logistic", "scale": "per_dimension"}, grey),
        ({"type": "categorical", "groups": [3, 5, 4]}, classes(generator, count, [3, 5, 4])),
        ({"type": "categorical", "groups": [12]}, classes(generator, count, [12])),
        ({"type": "poisson"}, counts), ({"type": "negative_binomial"}, counts),
        ({"type": "zero_inflated_negative_binomial"}, counts),
        ({"type": "laplace", "scale": 0.5}, table),
    ]:
        name = f"table of {likelihood['type']}"
        if likelihood.get("groups") == [12]:
            name += " in one group"
        yield name, [], data, table_config(name, 12, likelihood)
    logistic = everything_config()
    logistic["likelihood"] = {"type": "discretised_logistic", "scale": "per_dimension"}
    yield ("images of discretised_logistic", [],
           colours(generator, 64, sizes["height"], sizes["width"], sizes["channels"]), logistic)
    yield "autoencoder", [], table, table_config("autoencoder", 12, {"type": "gaussian"},
                                                 posterior="deterministic")
    yield "cut off", [], table, table_config("cut off", 12, {"type": "gaussian"},
                                             log_variance_range=[-0.05, 0.05])


class Comparison:
    def __init__(self):
        self.failures = 0
        self.worst = 0.0

    def arrays(self, what, ours, theirs):
        if ours.shape != theirs.shape:
            print(f"  {what:28} shapes {ours.shape} and {theirs.shape}")
            self.failures += 1
            return
        difference = float(np.abs(ours.astype(np.float64) - theirs).max())
        scale = float(np.abs(ours).max())
        agrees = np.isfinite(theirs).all() and difference <= TOLERANCE * scale
        self.worst = max(self.worst, difference / scale)
        print(f"  {what:28} largest difference {difference:.1e} of {scale:.3g}: {difference / scale:.1e}"
              f"{'' if agrees else '   DIFFERS'}")
        self.failures += not agrees


def channels_first(array):
    """[N, H, W] or [N, H, W, C] as [N, C, H, W]; rows stay."""
    if array.ndim == 3:
        return array[:, None]
    return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array


def session(path):
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    assert model.ir_version == 8 and model.opset_import[0].version == 17
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def compare(options, comparison, folder, model, data, note=""):
    examples = data[:options.examples]
    np.save(folder / "examples.npy", examples)
    exported = folder / ("onnx" + note.replace(" ", "-"))
    run(options.vae, "export", model, "--onnx", exported)
    encoder, decoder = session(exported / "encoder.onnx"), session(exported / "decoder.onnx")

    run(options.vae, "encode", model, "--data", folder / "examples.npy", "--output",
        folder / "latents.npz", "--threads", 1)
    ours = np.load(folder / "latents.npz")
    values = examples / np.float32(255) if examples.dtype == np.uint8 else examples
    names = [output.name for output in encoder.get_outputs()]
    assert names == list(ours.keys()), (names, list(ours.keys()))
    feed = {"data": channels_first(values.astype(np.float32))}
    for name, theirs in zip(names, encoder.run(None, feed)):
        comparison.arrays(f"encoder {name}{note}", ours[name], theirs)

    np.save(folder / "mean.npy", ours["mean"])
    run(options.vae, "decode", model, "--latents", folder / "mean.npy", "--output",
        folder / "decoded.npy", "--threads", 1)
    decoded = channels_first(np.load(folder / "decoded.npy"))
    mean, parameters = decoder.run(["mean", "parameters"], {"latents": ours["mean"]})
    comparison.arrays(f"decoder mean{note}", decoded, mean)
    assert parameters.shape[2:] == mean.shape[2:] and np.isfinite(parameters).all()
    # N is the caller's.
    first = encoder.run(["mean"], {"data": feed["data"][:1]})[0]
    comparison.arrays(f"encoder mean of one{note}", ours["mean"][:1], first)


def moved(folder, model):
    """A copy of the model folder whose log-variances lie far beyond the soft bound."""
    import struct
    copy = folder / "moved"
    shutil.copytree(model, copy)
    content = bytearray((copy / "model.safetensors").read_bytes())
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    config = json.loads((copy / "config.json").read_text())
    last = len(config["encoder"]) - 1
    start, end = header[f"encoder.{last}.bias"]["data_offsets"]
    bias = np.frombuffer(bytes(content[8 + length + start:8 + length + end]), np.float32).copy()
    half = len(bias) // 2
    bias[half:] += np.where(np.arange(half) % 2 == 0, 60, -60)
    content[8 + length + start:8 + length + end] = bias.tobytes()
    (copy / "model.safetensors").write_bytes(content)
    return copy


def main():
    options = arguments()
    options.vae = options.vae.resolve()
    comparison = Comparison()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        for name, settings, data, config in models(options):
            print(name, flush=True)
            folder = place / name.replace(" ", "-")
            folder.mkdir(parents=True)
            np.save(folder / "data.npy", data)
            if config:
                (folder / "spec.json").write_text(json.dumps(config))
                settings = settings + ["--config", folder / "spec.json"]
            model = folder / "model"
            run(options.vae, "train", "--data", folder / "data.npy", "--epochs", 1, "--threads", 1,
                "--no-pictures", "--output", model, *settings)
            compare(options, comparison, folder, model, data)
            if name in ("dense", "cut off"):
                compare(options, comparison, folder, moved(folder, model), data, " moved")
    print(f"worst: {comparison.worst:.1e} of the largest magnitude")
    print("all agree" if comparison.failures == 0 else f"{comparison.failures} comparisons differ")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())
