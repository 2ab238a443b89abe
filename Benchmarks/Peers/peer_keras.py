"""Keras on TensorFlow: a graph function a call, with or without XLA."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers

import workloads


def normalised(x):
    return layers.LeakyReLU(negative_slope=0.3)(layers.BatchNormalization()(x))


def model(shape, *stages):
    x = inputs = layers.Input(shape)
    for stage in stages:
        x = stage(x)
    return keras.Model(inputs, x)


def down(filters, **options):
    return layers.Conv2D(filters, 3, strides=2, padding="same", **options)


def up(filters, **options):
    return layers.Conv2DTranspose(filters, 3, strides=2, padding="same", **options)


def dense(latents):
    encoder = model((784,), layers.Dense(400, activation="relu"), layers.Dense(2 * latents))
    decoder = model((latents,), layers.Dense(400, activation="relu"), layers.Dense(784))
    return encoder, decoder


def fashion(latents):
    encoder = model(
        (32, 32, 1), *(down(filters, activation="relu") for filters in (32, 64, 128)),
        layers.Flatten(), layers.Dense(2 * latents))
    decoder = model(
        (latents,), layers.Dense(2048), layers.Reshape((4, 4, 128)),
        *(up(filters, activation="relu") for filters in (128, 64, 32)),
        layers.Conv2D(1, 3, padding="same"))
    return encoder, decoder


def faces(latents):
    downs = [stage for _ in range(4) for stage in (down(128), normalised)]
    ups = [stage for _ in range(4) for stage in (up(128), normalised)]
    encoder = model((32, 32, 3), *downs, layers.Flatten(), layers.Dense(2 * latents))
    decoder = model(
        (latents,), layers.Dense(512), normalised, layers.Reshape((2, 2, 128)), *ups,
        layers.Conv2DTranspose(3, 3, padding="same", activation="sigmoid"))
    return encoder, decoder


def cross_entropy(logits, x):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)


RECONSTRUCTION = {
    "dense": lambda logits, x: tf.reduce_mean(tf.reduce_sum(cross_entropy(logits, x), 1)),
    "fashion": lambda logits, x: 500 * tf.reduce_mean(cross_entropy(logits, x)),
    "faces": lambda y, x: 2000 * tf.reduce_mean(tf.square(y - x)),
}


def build(workload, mode):
    keras.utils.set_random_seed(1)
    encoder, decoder = {"dense": dense, "fashion": fashion, "faces": faces}[workload.name](
        workload.latents)
    reconstruction = RECONSTRUCTION[workload.name]
    variables = encoder.trainable_weights + decoder.trainable_weights
    optimiser = keras.optimizers.Adam(workload.rate)
    optimiser.build(variables)
    x = tf.random.uniform((workload.batch, *workload.image))
    z = tf.random.normal((workload.batch, workload.latents))
    one = z[:1]
    xla = mode == "xla"

    @tf.function(jit_compile=xla)
    def step():
        with tf.GradientTape() as tape:
            mean, log_variance = tf.split(encoder(x, training=True), 2, axis=1)
            latent = mean + tf.exp(0.5 * log_variance) * tf.random.normal(tf.shape(mean))
            divergence = tf.square(mean) + tf.math.expm1(log_variance) - log_variance
            loss = reconstruction(decoder(latent, training=True), x)
            loss += 0.5 * tf.reduce_mean(tf.reduce_sum(divergence, 1))
        optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    encode = tf.function(lambda values: encoder(values, training=False), jit_compile=xla)
    decode = tf.function(lambda values: decoder(values, training=False), jit_compile=xla)
    calls = {
        "train": lambda: step().numpy(),
        "encode": lambda: encode(x).numpy(),
        "decode": lambda: decode(z).numpy(),
        "decode1": lambda: decode(one).numpy(),
    }
    return f"Keras {keras.__version__}, TensorFlow {tf.__version__}", calls


if __name__ == "__main__":
    workloads.main(build, ["graph", "xla"])
