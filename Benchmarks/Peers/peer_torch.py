"""PyTorch: eager, compiled by Inductor, or with channels last (as Swift's and TensorFlow's layout)."""

import torch
from torch import nn
from torch.nn import functional as F

import workloads


class Down(nn.Module):
    """A 3×3 convolution at stride two, padded as TensorFlow's `same`: after, not before."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride=2)

    def forward(self, x):
        return self.convolution(F.pad(x, (0, 1, 0, 1)))


def up(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


def normalised(layer, norm):
    return [layer, norm, nn.LeakyReLU(0.3)]


def norm2d():
    return nn.BatchNorm2d(128, eps=1e-3, momentum=0.01)


def dense(latents):
    encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * latents))
    decoder = nn.Sequential(nn.Linear(latents, 400), nn.ReLU(), nn.Linear(400, 784))
    return encoder, decoder


def fashion(latents):
    encoder = nn.Sequential(
        Down(1, 32), nn.ReLU(), Down(32, 64), nn.ReLU(), Down(64, 128), nn.ReLU(),
        nn.Flatten(), nn.Linear(2048, 2 * latents))
    decoder = nn.Sequential(
        nn.Linear(latents, 2048), nn.Unflatten(1, (128, 4, 4)),
        up(128, 128), nn.ReLU(), up(128, 64), nn.ReLU(), up(64, 32), nn.ReLU(),
        nn.Conv2d(32, 1, 3, padding=1))
    return encoder, decoder


def faces(latents):
    blocks = []
    for inputs in (3, 128, 128, 128):
        blocks += normalised(Down(inputs, 128), norm2d())
    encoder = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(512, 2 * latents))
    blocks = normalised(nn.Linear(latents, 512), nn.BatchNorm1d(512, eps=1e-3, momentum=0.01))
    blocks.append(nn.Unflatten(1, (128, 2, 2)))
    for _ in range(4):
        blocks += normalised(up(128, 128), norm2d())
    decoder = nn.Sequential(*blocks, nn.ConvTranspose2d(128, 3, 3, padding=1), nn.Sigmoid())
    return encoder, decoder


def cross_entropy(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


RECONSTRUCTION = {
    "dense": cross_entropy,
    "fashion": lambda logits, x: 500 * F.binary_cross_entropy_with_logits(logits, x),
    "faces": lambda y, x: 2000 * F.mse_loss(y, x),
}


def build(workload, mode):
    torch.manual_seed(1)
    encoder, decoder = {"dense": dense, "fashion": fashion, "faces": faces}[workload.name](
        workload.latents)
    reconstruction = RECONSTRUCTION[workload.name]
    height_first = workload.image[-1:] + workload.image[:-1]
    x = torch.rand(workload.batch, *height_first)
    z = torch.randn(workload.batch, workload.latents)
    if mode == "channels-last" and x.dim() == 4:
        encoder = encoder.to(memory_format=torch.channels_last)
        decoder = decoder.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=workload.rate, fused=True)

    def loss(x):
        mean, log_variance = encoder(x).chunk(2, dim=1)
        latent = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        divergence = mean.square() + torch.expm1(log_variance) - log_variance
        return reconstruction(decoder(latent), x) + 0.5 * divergence.sum(1).mean()

    encode, decode = encoder, decoder
    if mode == "compiled":
        loss = torch.compile(loss)
        encode, decode = torch.compile(encoder, dynamic=False), torch.compile(decoder, dynamic=False)

    def train():
        encoder.train()
        decoder.train()
        optimiser.zero_grad(set_to_none=True)
        loss(x).backward()
        optimiser.step()

    def inference(model, values):
        def call():
            model.eval()
            with torch.inference_mode():
                model(values)

        return call

    calls = {
        "train": train,
        "encode": inference(encode, x),
        "decode": inference(decode, z),
        "decode1": inference(decode, z[:1]),
    }
    return f"PyTorch {torch.__version__}", calls


if __name__ == "__main__":
    workloads.main(build, ["eager", "compiled", "channels-last"])
