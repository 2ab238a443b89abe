"""Checks that TensorBoard reads what `vae train --tensorboard` writes, and PyYAML the model card.

usage: python tensorboard_check.py --vae PATH_TO_vae [--data-directory FOLDER]
versions: Python 3.11, and requirements-export.txt (tensorboard 2.21.0, PyYAML 6.0.3, pillow)

1. A model of images is trained for two epochs with validation, then resumed for two more. TensorBoard's own
   EventAccumulator reads the folder: every curve must have a point an epoch, at metrics.jsonl's step, and
   metrics.jsonl's number in single precision; the second run's file must go on after the first one's.
2. The pictures must be PNGs of the size that the summaries say.
3. README.md's front matter must be YAML with the fields of a model card, and the numbers of `vae evaluate`.
4. A README.md without our mark must stay as it is.
"""

import argparse
import gzip
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

CURVES = {
    "loss/training": ("training", "loss"), "reconstruction/training": ("training", "reconstruction"),
    "kl/training": ("training", "kl"), "gradient_norm": ("training", "gradient_norm"),
    "learning_rate": ("learning_rate",), "beta": ("beta",), "saturations": ("saturations",),
    "seconds": ("seconds",), "loss/validation": ("validation", "loss"),
    "reconstruction/validation": ("validation", "reconstruction"),
    "kl/validation": ("validation", "kl"), "elbo/validation": ("validation", "elbo"),
}


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


def garments(directory, count):
    with gzip.open(directory / "t10k-images-idx3-ubyte.gz") as file:
        content = file.read()
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)[:count]


def check_curves(folder, epochs, files):
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert len(records) == epochs, records
    found = sorted(folder.glob("events.out.tfevents.*"))
    assert len(found) == files, found
    events = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0})
    events.Reload()
    tags = events.Tags()
    assert sorted(tags["scalars"]) == sorted(CURVES), tags["scalars"]
    for tag, keys in CURVES.items():
        points = events.Scalars(tag)
        assert [point.step for point in points] == [record["step"] for record in records], tag
        for point, record in zip(points, records):
            value = record
            for key in keys:
                value = value[key]
            assert np.float32(point.value) == np.float32(value), (tag, point.value, value)
    assert sorted(tags["images"]) == ["reconstructions", "samples"], tags["images"]
    for tag in tags["images"]:
        pictures = events.Images(tag)
        assert len(pictures) == epochs
        for picture in pictures:
            image = Image.open(io.BytesIO(picture.encoded_image_string))
            image.load()
            assert image.format == "PNG" and image.size == (picture.width, picture.height)
    print(f"{epochs} epochs in {files} files: {len(CURVES)} curves and {len(tags['images'])} "
          "pictures an epoch, as in metrics.jsonl")


def front_matter(path):
    text = path.read_text()
    assert text.startswith("---\n"), text[:40]
    return yaml.safe_load(text[4:text.index("\n---\n", 4)])


def check_card(folder, evaluation):
    card = front_matter(folder / "README.md")
    assert card["library_name"] == "variational"
    assert card["pipeline_tag"] == "unconditional-image-generation"
    assert "variational-autoencoder" in card["tags"]
    result = card["model-index"][0]["results"][0]
    numbers = {metric["type"]: metric["value"] for metric in result["metrics"]}
    for name in ("loss", "reconstruction", "kl", "elbo"):
        assert numbers[name] == evaluation[name], (name, numbers[name], evaluation[name])
    print("README.md: front matter with", ", ".join(card), "and the evaluation's numbers")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vae", required=True, type=Path)
    parser.add_argument("--data-directory", type=Path,
                        default=Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()
    vae = options.vae.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        np.save(place / "data.npy", garments(options.data_directory, 600))
        folder = place / "run"
        common = ["train", "--data", place / "data.npy", "--threads", 1, "--no-pictures", "--json",
                  "--tensorboard"]
        run(vae, *common, "--epochs", 2, "--validation-fraction", 0.2, "--output", folder)
        check_curves(folder, 2, 1)
        evaluation = json.loads(run(vae, *common, "--epochs", 4, "--resume", folder))
        check_curves(folder, 4, 2)
        check_card(folder, evaluation)
        (folder / "README.md").write_text("My own words.\n")
        run(vae, *common, "--epochs", 5, "--resume", folder)
        assert (folder / "README.md").read_text() == "My own words.\n"
        print("somebody else's README.md stays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
