"""LLaMA's forward pass in JAX, read from a folder as Hugging Face lays it out. Written from transformers' documentation, not from
our code: what it computes is compared with what we compute. Float32."""

import json
import math
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import safe_open

jax.config.update("jax_platform_name", "cpu")
jax.config.update("jax_default_matmul_precision", "highest")


def load(folder):
    """config.json and all tensors of a folder, whether there is one file or an index of several."""
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    index = folder / "model.safetensors.index.json"
    if index.exists():
        names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    else:
        names = ["model.safetensors"]
    tensors = {}
    for name in names:
        with safe_open(folder / name, framework="flax") as file:
            for key in file.keys():
                tensors[key] = jnp.asarray(file.get_tensor(key), dtype=jnp.float32)
    return config, tensors


def frequencies(config):
    """Turns per position of each pair of a head, in radians."""
    rope = {"rope_theta": config.get("rope_theta"), **(config.get("rope_scaling") or {})}
    rope |= config.get("rope_parameters") or {}
    size = config["head_dim"]
    plain = 1.0 / rope["rope_theta"] ** (np.arange(0, size, 2, dtype=np.float64) / size)
    kind = rope.get("rope_type", "default")
    if kind == "default":
        return plain
    if kind == "linear":
        return plain / rope["factor"]
    assert kind == "llama3", kind
    original = rope["original_max_position_embeddings"]
    wavelengths = 2 * math.pi / plain
    smooth = (original / wavelengths - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
    blended = (1 - smooth) * plain / rope["factor"] + smooth * plain
    stretched = np.where(wavelengths > original / rope["low_freq_factor"], plain / rope["factor"], blended)
    return np.where(wavelengths < original / rope["high_freq_factor"], plain, stretched)


def logits(config, tensors, tokens):
    """Scores [T, vocabulary] for the tokens [T]."""
    heads, shared, size = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    positions = len(tokens)
    angles = np.outer(np.arange(positions), frequencies(config))
    cosine, sine = (jnp.asarray(np.concatenate([f(angles)] * 2, axis=-1), jnp.float32) for f in (np.cos, np.sin))

    def norm(x, name):
        scale = jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + config["rms_norm_eps"])
        return x * scale * tensors[f"{name}.weight"]

    def linear(x, name):
        return x @ tensors[f"{name}.weight"].T

    def turned(x):
        left, right = jnp.split(x, 2, axis=-1)
        return x * cosine[:, None] + jnp.concatenate([-right, left], axis=-1) * sine[:, None]

    x = tensors["model.embed_tokens.weight"][np.asarray(tokens)]
    ahead = jnp.triu(jnp.ones((positions, positions), bool), 1)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        normed = norm(x, f"{at}.input_layernorm")
        query = turned(linear(normed, f"{at}.self_attn.q_proj").reshape(positions, heads, size))
        key = turned(linear(normed, f"{at}.self_attn.k_proj").reshape(positions, shared, size))
        value = linear(normed, f"{at}.self_attn.v_proj").reshape(positions, shared, size)
        key, value = (jnp.repeat(part, heads // shared, axis=1) for part in (key, value))
        scores = jnp.einsum("qhs,khs->hqk", query, key) / math.sqrt(size)
        weights = jax.nn.softmax(jnp.where(ahead, -jnp.inf, scores), axis=-1)
        mixed = jnp.einsum("hqk,khs->qhs", weights, value).reshape(positions, heads * size)
        x = x + linear(mixed, f"{at}.self_attn.o_proj")
        normed = norm(x, f"{at}.post_attention_layernorm")
        gated = jax.nn.silu(linear(normed, f"{at}.mlp.gate_proj")) * linear(normed, f"{at}.mlp.up_proj")
        x = x + linear(gated, f"{at}.mlp.down_proj")
    head = "model.embed_tokens" if config["tie_word_embeddings"] else "lm_head"
    return linear(norm(x, "model.norm"), head)
