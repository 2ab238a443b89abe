"""The layers of a model's spec, built from plain PyTorch modules.

usage: imported by pytorch_interop.py and by the scripts that make the test fixtures.
versions: Python 3.11, torch 2.15.0.

A layer is one JSON object of the spec, for example

    {"type": "conv2d", "filters": 32, "kernel": [3, 3], "stride": [2, 2], "padding": "same"}

Parameters live in nn.Linear, nn.Conv2d, nn.ConvTranspose2d and nn.BatchNorm modules, so that their
names and layouts are PyTorch's own. What those modules cannot express (asymmetric padding, crops)
happens in `apply_layer`, by F.pad before a convolution and by slicing after a transposed one;
autograd then gives the gradients.

Tensors here are NCHW or [N, D], shapes exclude the batch.
"""

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {
    "relu": lambda layer, x: F.relu(x),
    "leaky_relu": lambda layer, x: F.leaky_relu(x, layer.get("slope", 0.3)),
    "elu": lambda layer, x: F.elu(x, layer.get("alpha", 1.0)),
    "silu": lambda layer, x: F.silu(x),
    "gelu": lambda layer, x: F.gelu(x),
    "sigmoid": lambda layer, x: torch.sigmoid(x),
    "tanh": lambda layer, x: torch.tanh(x),
    "softplus": lambda layer, x: F.softplus(x, threshold=100),
}


def pair(layer, key, default):
    """A layer's (height, width) setting."""
    return tuple(layer.get(key, [default, default]))


def extents(layer):
    """How many rows and columns the dilated kernel spans: (k − 1)d + 1."""
    return tuple((k - 1) * d + 1 for k, d in zip(layer["kernel"], pair(layer, "dilation", 1)))


def convolution_padding(layer, size):
    """Zeros to add as [top, bottom, left, right] to an input of (height, width)."""
    padding = layer.get("padding", "same")
    if padding == "valid":
        return [0, 0, 0, 0]
    if padding != "same":
        return list(padding)
    result = []
    for n, stride, extent in zip(size, pair(layer, "stride", 1), extents(layer)):
        outputs = -(-n // stride)
        total = max((outputs - 1) * stride + extent - n, 0)
        result += [total // 2, total - total // 2]
    return result


def transposed_crop(layer):
    """Rows and columns to crop as [top, bottom, left, right], and the output padding."""
    padding, added = layer.get("padding", "same"), pair(layer, "output_padding", 0)
    if padding == "valid":
        return [0, 0, 0, 0], added
    if padding != "same":
        return list(padding), added
    if any(added):
        raise ValueError("'same' fixes the output's size, so it takes no output padding")
    crop, added = [], []
    for stride, extent in zip(pair(layer, "stride", 1), extents(layer)):
        total = max(extent - stride, 0)
        crop += [total // 2, total - total // 2]
        added.append(max(stride - extent, 0))
    return crop, tuple(added)


def make_module(layer, shape):
    """The module that holds a layer's parameters, or None if it has none."""
    kind = layer["type"]
    if kind == "dense":
        return nn.Linear(torch.Size(shape).numel(), layer["outputs"])
    if kind == "gated_dense":
        inputs = torch.Size(shape).numel()
        gates = {name: nn.Linear(inputs, layer["outputs"]) for name in ("h", "g")}
        return nn.ModuleDict(gates)
    if kind in ("conv2d", "conv_transpose2d"):
        module = nn.Conv2d if kind == "conv2d" else nn.ConvTranspose2d
        return module(shape[0], layer["filters"], tuple(layer["kernel"]))
    if kind == "batch_norm":
        module = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
        return module(shape[0], layer.get("epsilon", 1e-5), layer.get("momentum", 0.1))
    if kind in ACTIVATIONS or kind in ("dropout", "flatten", "reshape"):
        return None
    raise ValueError(f"unknown layer type {kind!r}")


def apply_layer(layer, module, x, training=False):
    """The layer's output for a batch. A dense layer flattens an image in NCHW order."""
    kind = layer["type"]
    if kind in ACTIVATIONS:
        return ACTIVATIONS[kind](layer, x)
    if kind == "dense":
        return module(x.flatten(1))
    if kind == "gated_dense":
        return module["h"](x.flatten(1)) * torch.sigmoid(module["g"](x.flatten(1)))
    if kind == "batch_norm":
        return module.train(training)(x)
    if kind == "conv2d":
        top, bottom, left, right = convolution_padding(layer, x.shape[2:])
        return F.conv2d(F.pad(x, (left, right, top, bottom)), module.weight, module.bias,
                        stride=pair(layer, "stride", 1), dilation=pair(layer, "dilation", 1))
    if kind == "conv_transpose2d":
        (top, bottom, left, right), added = transposed_crop(layer)
        y = F.conv_transpose2d(x, module.weight, module.bias, stride=pair(layer, "stride", 1),
                               output_padding=added, dilation=pair(layer, "dilation", 1))
        return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]
    if kind == "dropout":
        return F.dropout(x, layer["rate"], training)
    if kind == "flatten":
        return x.flatten(1)
    if kind == "reshape":
        return x.reshape(-1, layer["channels"], layer["height"], layer["width"])
    raise ValueError(f"unknown layer type {kind!r}")


class Stack(nn.ModuleDict):
    """A list of layers; its keys are indices in that list, so parameters are `<i>.weight`."""

    def __init__(self, layers, shape):
        super().__init__()
        self.layers = layers
        x = torch.zeros(1, *shape)
        for index, layer in enumerate(layers):
            module = make_module(layer, x.shape[1:])
            if module is not None:
                self[str(index)] = module
            with torch.no_grad():
                x = apply_layer(layer, module, x)
        self.output_shape = tuple(x.shape[1:])
        self.train()

    def forward(self, x):
        for index, layer in enumerate(self.layers):
            module = self[str(index)] if str(index) in self else None
            x = apply_layer(layer, module, x, self.training)
        return x


def model(spec, shape, latents):
    """The modules `encoder` and `decoder` of a spec, as one nn.ModuleDict."""
    return nn.ModuleDict({"encoder": Stack(spec["encoder"], shape),
                          "decoder": Stack(spec["decoder"], (latents,))})
