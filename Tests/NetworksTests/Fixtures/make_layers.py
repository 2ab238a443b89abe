"""Makes layers.safetensors and layers.json: every layer's outputs and gradients by PyTorch.

usage: python make_layers.py      (writes next to this file; needs torch, numpy, safetensors)
versions: Python 3.11, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0

Inputs, parameters and output gradients are float32 values. PyTorch computes with them in float64,
and the results are rounded once, to float32. The results' own error is therefore float32's half
unit in the last place, plus about 1e-15 of the terms that cancel: in the flat tails of an
activation (gelu(−8), the derivative of sigmoid(30)) only the absolute error means anything.

layers.json holds `versions`, and in `cases` one object per case:

    {"name": …, "layer": <the spec's layer>, "input": [H, W, C] or [D], "batch": n,
     "training": …, "output": [H, W, C] or [D], "parameters": ["weight", "bias"]}

layers.safetensors holds, for each case, as F32:

    <name>.input, .input_gradient, .output, .output_gradient       [n, H, W, C] or [n, D]
    <name>.<parameter>, <name>.<parameter>.gradient                PyTorch's layouts
    <name>.running_mean, .running_var                              batch_norm, before the call
    <name>.running_mean.after, .running_var.after                  batch_norm, after the call

The gradients are those of Σ output · output_gradient. At a kink the derivative is PyTorch's: 0 for
relu at 0, `slope` for leaky_relu at 0, `alpha` for elu at 0.
"""

import json
import platform
import sys
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Interop"))
from torch_layers import apply_layer, make_module  # noqa: E402

EXTREMES = [0, 1e-30, 1e-8, 1e-4, 0.3, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30]


def case(name, layer, shape, batch, training=True, offset=0.0):
    """One case; `offset` is added to the input's mean."""
    return {"name": name, "layer": layer, "input": list(shape), "batch": batch,
            "training": training, "offset": offset}


def conv(filters, kernel, stride=(1, 1), padding="same", dilation=(1, 1), **more):
    kind = more.pop("type", "conv2d")
    return {"type": kind, "filters": filters, "kernel": list(kernel), "stride": list(stride),
            "padding": padding if isinstance(padding, str) else list(padding),
            "dilation": list(dilation), **more}


def transposed(filters, kernel, stride=(1, 1), padding="same", dilation=(1, 1), added=(0, 0)):
    return conv(filters, kernel, stride, padding, dilation, type="conv_transpose2d",
                output_padding=list(added))


def dense_cases():
    for inputs, outputs, batch in [(1, 1, 1), (1, 4, 5), (7, 1, 5), (7, 3, 1), (7, 5, 5),
                                   (33, 17, 4)]:
        yield case(f"dense_{inputs}to{outputs}_batch{batch}",
                   {"type": "dense", "outputs": outputs}, [inputs], batch)
    for inputs, outputs, batch in [(1, 3, 1), (7, 4, 5), (19, 18, 3)]:
        yield case(f"gated_dense_{inputs}to{outputs}_batch{batch}",
                   {"type": "gated_dense", "outputs": outputs}, [inputs], batch)


def convolution_cases():
    yield case("conv_1x1", conv(4, (1, 1)), [5, 3, 3], 2)
    yield case("conv_1x1_stride2", conv(3, (1, 1), (2, 2)), [5, 6, 2], 2)
    yield case("conv_1x1_stride3_valid", conv(2, (1, 1), (3, 3), "valid"), [7, 8, 3], 1)
    yield case("conv_3x3", conv(5, (3, 3)), [5, 7, 3], 2)
    yield case("conv_3x3_single_pixel", conv(2, (3, 3)), [1, 1, 3], 3)
    yield case("conv_3x3_stride2_even", conv(4, (3, 3), (2, 2)), [8, 6, 3], 2)
    yield case("conv_3x3_stride2_odd", conv(4, (3, 3), (2, 2)), [7, 9, 1], 2)
    yield case("conv_3x3_stride2_mixed_parity", conv(7, (3, 3), (2, 2)), [6, 5, 9], 2)
    yield case("conv_3x3_stride3", conv(3, (3, 3), (3, 3)), [10, 8, 2], 2)
    yield case("conv_3x3_stride21", conv(3, (3, 3), (2, 1)), [6, 7, 2], 2)
    yield case("conv_3x3_valid", conv(6, (3, 3), padding="valid"), [5, 6, 4], 2)
    yield case("conv_3x3_stride2_valid", conv(3, (3, 3), (2, 2), "valid"), [8, 7, 2], 2)
    yield case("conv_3x3_whole_image_valid", conv(5, (3, 3), padding="valid"), [3, 3, 2], 4)
    yield case("conv_5x3", conv(2, (5, 3)), [6, 5, 3], 2)
    yield case("conv_5x3_stride12", conv(3, (5, 3), (1, 2)), [7, 8, 2], 1)
    yield case("conv_2x2", conv(3, (2, 2)), [5, 4, 2], 2)
    yield case("conv_2x2_stride2", conv(3, (2, 2), (2, 2)), [5, 6, 2], 2)
    yield case("conv_2x2_stride3", conv(3, (2, 2), (3, 3)), [8, 7, 2], 2)
    yield case("conv_4x4_stride2", conv(4, (4, 4), (2, 2)), [8, 7, 2], 2)
    yield case("conv_4x4_stride2_valid", conv(2, (4, 4), (2, 2), "valid"), [9, 8, 3], 2)
    yield case("conv_3x3_dilation2", conv(3, (3, 3), dilation=(2, 2)), [7, 6, 2], 2)
    yield case("conv_3x3_dilation21_stride2", conv(3, (3, 3), (2, 2), "same", (2, 1)),
               [9, 8, 2], 2)
    yield case("conv_3x3_dilation2_valid", conv(2, (3, 3), padding="valid", dilation=(2, 2)),
               [6, 7, 3], 2)
    yield case("conv_2x2_dilation3_valid", conv(2, (2, 2), padding="valid", dilation=(3, 1)),
               [6, 5, 2], 2)
    yield case("conv_3x3_asymmetric", conv(3, (3, 3), padding=(2, 0, 0, 1)), [5, 6, 2], 2)
    yield case("conv_3x3_stride2_asymmetric", conv(3, (3, 3), (2, 2), (1, 0, 2, 3)), [6, 5, 2], 2)
    yield case("conv_2x2_padding_beyond_kernel", conv(2, (2, 2), (3, 2), (3, 2, 0, 4)),
               [4, 5, 2], 2)
    yield case("conv_3x3_9to1", conv(1, (3, 3)), [6, 5, 9], 2)
    yield case("conv_3x3_32to1", conv(1, (3, 3)), [8, 8, 32], 2)
    yield case("conv_3x3_16to3", conv(3, (3, 3)), [5, 6, 16], 2)
    yield case("conv_3x3_1to33_stride2", conv(33, (3, 3), (2, 2)), [8, 8, 1], 3)
    yield case("conv_3x3_16to33_stride2", conv(33, (3, 3), (2, 2)), [6, 7, 16], 2)


def transposed_cases():
    yield case("transposed_1x1", transposed(4, (1, 1)), [4, 3, 3], 2)
    yield case("transposed_1x1_stride2", transposed(3, (1, 1), (2, 2)), [3, 4, 2], 2)
    yield case("transposed_3x3", transposed(5, (3, 3)), [5, 4, 3], 2)
    yield case("transposed_3x3_single_pixel", transposed(3, (3, 3), (2, 2)), [1, 1, 4], 3)
    yield case("transposed_3x3_stride2", transposed(4, (3, 3), (2, 2)), [3, 4, 3], 2)
    yield case("transposed_3x3_stride3", transposed(2, (3, 3), (3, 3)), [3, 2, 3], 2)
    yield case("transposed_3x3_stride21", transposed(3, (3, 3), (2, 1)), [3, 5, 2], 2)
    yield case("transposed_3x3_valid", transposed(3, (3, 3), padding="valid"), [4, 3, 2], 2)
    yield case("transposed_3x3_stride2_valid", transposed(7, (3, 3), (2, 2), "valid"),
               [3, 3, 9], 2)
    yield case("transposed_5x3_stride2", transposed(2, (5, 3), (2, 2)), [4, 3, 3], 2)
    yield case("transposed_2x2_stride2", transposed(3, (2, 2), (2, 2)), [3, 4, 2], 2)
    yield case("transposed_2x2", transposed(3, (2, 2)), [4, 3, 2], 2)
    yield case("transposed_2x2_stride3", transposed(3, (2, 2), (3, 3)), [3, 2, 2], 2)
    yield case("transposed_2x2_stride3_valid", transposed(2, (2, 2), (3, 3), "valid"),
               [2, 3, 2], 2)
    yield case("transposed_4x4_stride2", transposed(3, (4, 4), (2, 2)), [3, 4, 2], 2)
    yield case("transposed_4x4_stride3", transposed(2, (4, 4), (3, 3)), [3, 2, 3], 2)
    yield case("transposed_3x3_dilation2", transposed(3, (3, 3), dilation=(2, 2)), [5, 4, 2], 2)
    yield case("transposed_3x3_dilation12_stride2", transposed(2, (3, 3), (2, 2), "same", (1, 2)),
               [3, 4, 3], 2)
    yield case("transposed_3x3_dilation2_valid",
               transposed(2, (3, 3), (2, 1), "valid", (2, 2)), [3, 4, 2], 2)
    yield case("transposed_3x3_pytorch_double",
               transposed(3, (3, 3), (2, 2), (1, 1, 1, 1), added=(1, 1)), [3, 4, 2], 2)
    yield case("transposed_3x3_output_padding_valid",
               transposed(2, (3, 3), (3, 2), "valid", added=(2, 1)), [3, 2, 3], 2)
    yield case("transposed_2x2_output_padding_one_side",
               transposed(2, (2, 2), (2, 2), (1, 0, 0, 1), added=(0, 1)), [3, 4, 2], 2)
    yield case("transposed_3x3_asymmetric_crop",
               transposed(3, (3, 3), (2, 2), (0, 1, 2, 0)), [4, 3, 2], 2)
    yield case("transposed_4x4_asymmetric_crop",
               transposed(2, (4, 4), (1, 2), (3, 1, 0, 2), added=(0, 1)), [5, 4, 3], 2)
    yield case("transposed_3x3_32to1_stride2", transposed(1, (3, 3), (2, 2)), [5, 4, 32], 2)
    yield case("transposed_3x3_16to3", transposed(3, (3, 3)), [5, 6, 16], 2)
    yield case("transposed_3x3_33to16_stride2", transposed(16, (3, 3), (2, 2)), [4, 3, 33], 2)


def normalisation_cases():
    norm = {"type": "batch_norm", "epsilon": 1e-3, "momentum": 0.01}
    other = {"type": "batch_norm", "epsilon": 1e-5, "momentum": 0.1}
    yield case("batch_norm_dense_training", norm, [7], 9)
    yield case("batch_norm_dense_inference", norm, [7], 5, training=False)
    yield case("batch_norm_dense_batch2", other, [33], 2)
    yield case("batch_norm_image_training", norm, [5, 3, 4], 3)
    yield case("batch_norm_image_inference", norm, [5, 3, 4], 3, training=False)
    yield case("batch_norm_image_batch1", other, [3, 4, 17], 1)
    yield case("batch_norm_image_large_mean", other, [4, 5, 3], 4, offset=100.0)


def other_cases():
    kinds = [("relu", {}), ("leaky_relu", {"slope": 0.3}), ("elu", {"alpha": 1}), ("silu", {}),
             ("gelu", {}), ("sigmoid", {}), ("tanh", {}), ("softplus", {})]
    for kind, settings in kinds:
        yield case(kind, {"type": kind, **settings}, [5, 7, 3], 2)
    yield case("leaky_relu_slope0.01", {"type": "leaky_relu", "slope": 0.01}, [41], 3)
    yield case("elu_alpha0.7", {"type": "elu", "alpha": 0.7}, [41], 3)
    yield case("dropout_inference", {"type": "dropout", "rate": 0.2}, [3, 2, 5], 2,
               training=False)
    yield case("flatten", {"type": "flatten"}, [3, 4, 5], 2)
    yield case("flatten_one_channel", {"type": "flatten"}, [4, 3, 1], 2)
    yield case("reshape", {"type": "reshape", "height": 3, "width": 4, "channels": 5}, [60], 2)


def is_activation(layer):
    return layer["type"] in ("relu", "leaky_relu", "elu", "silu", "gelu", "sigmoid", "tanh",
                             "softplus")


def float32_normal(generator, shape, scale=1.0):
    """Normal numbers that float32 holds exactly, as a float64 tensor."""
    return torch.from_numpy((scale * generator.standard_normal(shape)).astype(np.float32)).double()


def make_input(generator, entry):
    """The case's input, NHWC or [n, D]; activations get their extremes first."""
    x = float32_normal(generator, [entry["batch"], *entry["input"]])
    if is_activation(entry["layer"]):
        values = torch.tensor([sign * v for v in EXTREMES for sign in (1, -1)])
        x = (x * 5).float().double()
        x.view(-1)[:len(values)] = values.double()
    return (x + entry["offset"]).float().double()


def set_parameters(generator, module):
    """Random float32 values for every parameter and running statistic, in name order."""
    for name, value in sorted(module.state_dict().items()):
        if name == "num_batches_tracked":
            continue
        fan = max(value[0].numel(), 1) if value.dim() > 1 else 1
        new = float32_normal(generator, value.shape, fan ** -0.5)
        if name == "running_var":
            new = (0.5 + new.abs()).float().double()
        value.copy_(new)


def to_torch(x):
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def to_engine(x):
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def run(entry):
    """Completes the case's JSON object and returns its tensors."""
    generator = np.random.default_rng(list(entry["name"].encode()))
    layer, tensors = entry["layer"], {}
    x = make_input(generator, entry).requires_grad_()
    inputs = to_torch(x)
    module = make_module(layer, inputs.shape[1:])
    if module is not None:
        module.double()
        set_parameters(generator, module)
        tensors |= {name: value.clone() for name, value in module.state_dict().items()}
    y = to_engine(apply_layer(layer, module, inputs, entry["training"]))
    output_gradient = float32_normal(generator, y.shape)
    (y * output_gradient).sum().backward()
    tensors |= {"input": x, "output": y, "output_gradient": output_gradient,
                "input_gradient": x.grad}
    parameters = dict(module.named_parameters()) if module is not None else {}
    tensors |= {f"{name}.gradient": value.grad for name, value in parameters.items()}
    if layer["type"] == "batch_norm":
        tensors |= {f"{name}.after": getattr(module, name)
                    for name in ("running_mean", "running_var")}
    tensors.pop("num_batches_tracked", None)
    entry |= {"output": list(y.shape[1:]), "parameters": list(parameters)}
    del entry["offset"]
    return {f"{entry['name']}.{name}": np.ascontiguousarray(value.detach().float().numpy())
            for name, value in tensors.items()}


def main():
    torch.set_num_threads(1)
    versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0],
                "numpy": np.__version__, "safetensors": safetensors.__version__}
    cases = [*dense_cases(), *convolution_cases(), *transposed_cases(), *normalisation_cases(),
             *other_cases()]
    tensors = {}
    for entry in cases:
        tensors |= run(entry)
    if not all(np.isfinite(value).all() for value in tensors.values()):
        raise SystemExit("a reference value is not finite")
    safetensors.numpy.save_file(tensors, HERE / "layers.safetensors",
                                metadata={"versions": json.dumps(versions)})
    (HERE / "layers.safetensors").chmod(0o644)
    lines = ",\n".join("    " + json.dumps(entry) for entry in cases)
    (HERE / "layers.json").write_text(
        f'{{\n  "versions": {json.dumps(versions)},\n  "cases": [\n{lines}\n  ]\n}}\n')
    print(f"{len(cases)} cases, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
