"""Checks that PyTorch and `vae` read each other's models and compute the same numbers.

usage: python pytorch_interop.py --vae PATH_TO_vae --model RUN_FOLDER --data fashion-mnist
           [--data-directory FOLDER] [--images 500] [--seed 1]
       DATA may also be an .npy file of bytes, [N, H, W] or [N, H, W, C].
versions: Python 3.11, and requirements.txt (torch 2.15.0, numpy 2.4.6, safetensors 0.8.0)

1. The folder's model.safetensors is loaded into plain PyTorch modules with strict=True. `vae
   encode` must give PyTorch's means and log-variances, `vae decode` its decoded images.
2. PyTorch fills the same modules with new random numbers and saves them into a copy of the folder
   (safetensors.torch.save_file). `vae encode` and `vae decode` must agree again, and must differ
   from their first answers, or they never read the file.

Both sides see the same first images: the script writes them, unpadded, as bytes to an .npy file.
Two arrays agree if the largest difference is at most 1e-4 of the largest magnitude. Exit status 0
if all agree, 1 if not, 2 for bad usage.
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
import safetensors.torch
import torch
import torch.nn.functional as F

from torch_layers import model as make_model

TOLERANCE = 1e-4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vae", required=True, type=Path, help="the vae binary")
    parser.add_argument("--model", required=True, type=Path, help="a folder that vae train wrote")
    parser.add_argument("--data", required=True, help="fashion-mnist or an .npy file of bytes")
    parser.add_argument("--data-directory", type=Path,
                        default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--images", type=int, default=500, help="how many images to compare")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def read_images(options):
    """The first images as bytes, [N, H, W] or [N, H, W, C]."""
    if options.data != "fashion-mnist":
        return np.load(options.data)[:options.images]
    with gzip.open(options.data_directory / "t10k-images-idx3-ubyte.gz") as file:
        content = file.read()
    count, height, width = np.frombuffer(content, ">u4", 3, offset=4)
    pixels = np.frombuffer(content, np.uint8, offset=16)
    return pixels.reshape(count, height, width)[:options.images]


class Reference:
    """A model folder's spec as PyTorch modules, in inference."""

    def __init__(self, config):
        data, latent = config["data"], config["latent"]
        if latent.get("posterior", "diagonal_gaussian") != "diagonal_gaussian":
            raise SystemExit(f"unknown posterior {latent['posterior']!r}")
        self.padding = data.get("padding", 0)
        self.shape = (data.get("channels", 1), data["height"] + 2 * self.padding,
                      data["width"] + 2 * self.padding)
        self.latents = latent["dimensions"]
        self.likelihood = config["likelihood"]["type"]
        self.modules = make_model(config, self.shape, self.latents).eval()

    def load(self, path):
        self.modules.load_state_dict(safetensors.torch.load_file(path), strict=True)

    def randomise(self, seed):
        """New values for all parameters, and running statistics unlike the initial ones."""
        torch.manual_seed(seed)
        for module in self.modules.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                for value in (module.weight, module.bias, module.running_mean):
                    value.data.add_(0.2 * torch.randn_like(value))
                module.running_var.uniform_(0.5, 2)

    def save(self, path):
        tensors = {name: value.contiguous() for name, value in self.modules.state_dict().items()}
        safetensors.torch.save_file(tensors, path)

    @torch.inference_mode()
    def encode(self, images):
        """Means and log-variances [N, L] of byte images."""
        x = torch.from_numpy(images.astype(np.float32) / np.float32(255))
        x = x.reshape(len(x), *images.shape[1:3], -1).permute(0, 3, 1, 2)
        heads = self.modules["encoder"](F.pad(x, (self.padding,) * 4))
        return [head.numpy() for head in heads.chunk(2, dim=1)]

    @torch.inference_mode()
    def decode(self, latents):
        """The likelihood's mean, NHWC, cropped to the stored size as the command does."""
        y = self.modules["decoder"](torch.from_numpy(latents))
        if self.likelihood == "bernoulli":
            y = torch.sigmoid(y)
        images = y.reshape(len(y), *self.shape).permute(0, 2, 3, 1).numpy()
        p = self.padding
        return images[:, p:images.shape[1] - p, p:images.shape[2] - p]


class Command:
    """The vae binary at work on one model folder."""

    def __init__(self, binary, folder, scratch):
        self.binary, self.folder, self.scratch = binary, folder, scratch

    def run(self, *words):
        words = [str(word) for word in (self.binary, *words)]
        result = subprocess.run(words, capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"{' '.join(words)}\nfailed with status {result.returncode}:\n"
                             f"{result.stderr}")

    def encode(self, data):
        output = self.scratch / "encoded.npz"
        self.run("encode", self.folder, "--data", data, "--output", output)
        with np.load(output) as arrays:
            return [arrays["mean"], arrays["log_variance"]]

    def decode(self, latents):
        source, output = self.scratch / "latents.npy", self.scratch / "decoded.npy"
        np.save(source, latents)
        self.run("decode", self.folder, "--latents", source, "--output", output)
        return np.load(output)


def compare(label, expected, actual):
    """Prints a row of the table; true if the arrays agree."""
    if actual.ndim == 3 and expected.ndim == 4 and expected.shape[3] == 1:
        actual = actual[..., None]
    if actual.shape != expected.shape:
        print(f"{label:<40}  shape {list(actual.shape)}, expected {list(expected.shape)}   FAILED")
        return False
    largest = np.abs(expected).max()
    difference = np.abs(actual.astype(np.float64) - expected).max()
    agrees = bool(difference <= TOLERANCE * largest)
    print(f"{label:<40}{largest:>12.4g}{difference:>12.2e}{difference / largest:>12.2e}   "
          f"{'ok' if agrees else 'FAILED'}")
    return agrees


def check(label, reference, command, images, data, seed):
    """Compares encode and decode; returns whether they agree and the command's means."""
    mean, log_variance = reference.encode(images)
    vae_mean, vae_log_variance = command.encode(data)
    generator = np.random.default_rng(seed)
    drawn = generator.standard_normal((100, reference.latents)).astype(np.float32)
    latents = np.concatenate([mean[:100], drawn])
    results = [compare(f"{label}: mean", mean, vae_mean),
               compare(f"{label}: log-variance", log_variance, vae_log_variance),
               compare(f"{label}: decoded", reference.decode(latents), command.decode(latents))]
    return all(results), vae_mean


def copy_model(folder, target):
    """A copy to overwrite; a training state would belong to other weights."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("training_state.*"))
    return target


def main():
    options = arguments()
    images, binary = read_images(options), options.vae.resolve()
    reference = Reference(json.loads((options.model / "config.json").read_text()))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        data = scratch / "images.npy"
        np.save(data, images)
        print(f"{'array':<40}{'largest':>12}{'difference':>12}{'relative':>12}")

        reference.load(options.model / "model.safetensors")
        command = Command(binary, options.model, scratch)
        read_by_torch, first_mean = check("vae's weights in PyTorch", reference, command, images,
                                          data, options.seed)

        reference.randomise(options.seed)
        folder = copy_model(options.model, scratch / "model")
        reference.save(folder / "model.safetensors")
        command = Command(binary, folder, scratch)
        read_by_vae, second_mean = check("PyTorch's weights in vae", reference, command, images,
                                         data, options.seed)
    if np.array_equal(first_mean, second_mean):
        print("vae gave the same means for different weights")
        read_by_vae = False
    return 0 if read_by_torch and read_by_vae else 1


if __name__ == "__main__":
    sys.exit(main())
