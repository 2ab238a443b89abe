"""JAX: one jitted function a call, Adam from Optax."""

import jax
import jax.numpy as jnp
import optax
from jax import lax, nn

import workloads

LAYOUT = ("NHWC", "HWIO", "NHWC")
glorot = nn.initializers.glorot_uniform()

# A network is a list of layers; a layer is (parameters, statistics, apply), and apply maps
# (parameters, statistics, x, is_training) to (y, new statistics).


def affine(key, inputs, outputs):
    def apply(p, s, x, is_training):
        return x @ p["w"] + p["b"], s

    return {"w": glorot(key, (inputs, outputs)), "b": jnp.zeros(outputs)}, {}, apply


def convolution(key, inputs, outputs, stride, transposed=False):
    def apply(p, s, x, is_training):
        convolve = lax.conv_transpose if transposed else lax.conv_general_dilated
        return convolve(x, p["w"], (stride, stride), "SAME", dimension_numbers=LAYOUT) + p["b"], s

    return {"w": glorot(key, (3, 3, inputs, outputs)), "b": jnp.zeros(outputs)}, {}, apply


def batch_norm(channels):
    def apply(p, s, x, is_training):
        mean, variance = s["mean"], s["variance"]
        if is_training:
            axes = tuple(range(x.ndim - 1))
            mean, variance = x.mean(axes), x.var(axes)
            s = {"mean": 0.99 * s["mean"] + 0.01 * mean,
                 "variance": 0.99 * s["variance"] + 0.01 * variance}
        return (x - mean) * (p["scale"] * lax.rsqrt(variance + 1e-3)) + p["shift"], s

    parameters = {"scale": jnp.ones(channels), "shift": jnp.zeros(channels)}
    return parameters, {"mean": jnp.zeros(channels), "variance": jnp.ones(channels)}, apply


def function(f):
    return {}, {}, lambda p, s, x, is_training: (f(x), s)


relu = function(nn.relu)
leaky = function(lambda x: nn.leaky_relu(x, 0.3))
flatten = function(lambda x: x.reshape(len(x), -1))


def reshape(*shape):
    return function(lambda x: x.reshape(len(x), *shape))


def dense(key, latents):
    k = jax.random.split(key, 4)
    return ([affine(k[0], 784, 400), relu, affine(k[1], 400, 2 * latents)],
            [affine(k[2], latents, 400), relu, affine(k[3], 400, 784)])


def fashion(key, latents):
    k = jax.random.split(key, 9)
    encoder, decoder = [], [affine(k[3], latents, 2048), reshape(4, 4, 128)]
    for i, (inputs, outputs) in enumerate([(1, 32), (32, 64), (64, 128)]):
        encoder += [convolution(k[i], inputs, outputs, 2), relu]
    for i, (inputs, outputs) in enumerate([(128, 128), (128, 64), (64, 32)]):
        decoder += [convolution(k[4 + i], inputs, outputs, 2, transposed=True), relu]
    return (encoder + [flatten, affine(k[7], 2048, 2 * latents)],
            decoder + [convolution(k[8], 32, 1, 1)])


def faces(key, latents):
    k = jax.random.split(key, 11)
    encoder, decoder = [], [affine(k[8], latents, 512), batch_norm(512), leaky, reshape(2, 2, 128)]
    for i in range(4):
        encoder += [convolution(k[i], 128 if i else 3, 128, 2), batch_norm(128), leaky]
        decoder += [convolution(k[4 + i], 128, 128, 2, transposed=True), batch_norm(128), leaky]
    return (encoder + [flatten, affine(k[9], 512, 2 * latents)],
            decoder + [convolution(k[10], 128, 3, 1, transposed=True), function(nn.sigmoid)])


def cross_entropy(logits, x):
    return nn.softplus(logits) - x * logits


RECONSTRUCTION = {
    "dense": lambda logits, x: cross_entropy(logits, x).sum(1).mean(),
    "fashion": lambda logits, x: 500 * cross_entropy(logits, x).mean(),
    "faces": lambda y, x: 2000 * jnp.square(y - x).mean(),
}


def runner(layers):
    """The function of a network: (parameters, statistics, x, is_training) → (y, statistics)."""
    applies = [layer[2] for layer in layers]

    def run(parameters, statistics, x, is_training):
        kept = []
        for apply, p, s in zip(applies, parameters, statistics):
            x, s = apply(p, s, x, is_training)
            kept.append(s)
        return x, kept

    return run


def build(workload, mode):
    encoder, decoder = {"dense": dense, "fashion": fashion, "faces": faces}[workload.name](
        jax.random.key(1), workload.latents)
    run_encoder, run_decoder = runner(encoder), runner(decoder)
    reconstruction = RECONSTRUCTION[workload.name]
    optimiser = optax.adam(workload.rate)
    x = jax.random.uniform(jax.random.key(2), (workload.batch, *workload.image))
    z = jax.random.normal(jax.random.key(3), (workload.batch, workload.latents))
    one = z[:1]

    def loss(parameters, statistics, key):
        head, kept = run_encoder(parameters[0], statistics[0], x, True)
        mean, log_variance = jnp.split(head, 2, axis=1)
        latent = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
        output, kept_too = run_decoder(parameters[1], statistics[1], latent, True)
        divergence = jnp.square(mean) + jnp.expm1(log_variance) - log_variance
        return reconstruction(output, x) + 0.5 * divergence.sum(1).mean(), (kept, kept_too)

    @jax.jit
    def step(parameters, statistics, moments, key):
        key, noise = jax.random.split(key)
        gradients, statistics = jax.grad(loss, has_aux=True)(parameters, statistics, noise)
        updates, moments = optimiser.update(gradients, moments)
        return optax.apply_updates(parameters, updates), statistics, moments, key

    parameters = tuple([layer[0] for layer in network] for network in (encoder, decoder))
    statistics = tuple([layer[1] for layer in network] for network in (encoder, decoder))
    state = [parameters, statistics, optimiser.init(parameters), jax.random.key(4)]

    def train():
        state[:] = jax.block_until_ready(step(*state))

    encode = jax.jit(lambda p, s, x: run_encoder(p[0], s[0], x, False)[0])
    decode = jax.jit(lambda p, s, z: run_decoder(p[1], s[1], z, False)[0])
    calls = {
        "train": train,
        "encode": lambda: encode(state[0], state[1], x).block_until_ready(),
        "decode": lambda: decode(state[0], state[1], z).block_until_ready(),
        "decode1": lambda: decode(state[0], state[1], one).block_until_ready(),
    }
    return f"JAX {jax.__version__}", calls


if __name__ == "__main__":
    workloads.main(build, ["jit"])
