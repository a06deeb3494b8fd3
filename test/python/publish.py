"""Makes a model as others publish them: FOLDER/config.json, bfloat16 weights by the safetensors library, and a tokenizer that the
tokenizers library trained. We import it.

    python publish.py FOLDER
"""

import json
import pathlib
import sys

import jax.numpy as jnp
import numpy as np
from safetensors.flax import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT = [
    "The quick brown fox jumps over the lazy dog; the dog, being lazy, lets it.",
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do.",
    "def train(steps: int) -> float:\n    return sum(1 / (n + 1) for n in range(steps))\n",
]
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {
        "rope_type": "llama3",
        "rope_theta": 500000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    },
    "tie_word_embeddings": True,
    "dtype": "bfloat16",
}


def train_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=["<|begin|>", "<|end|>"], show_progress=False
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def shapes(config):
    width, ffn, size = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    query, shared = config["num_attention_heads"] * size, config["num_key_value_heads"] * size
    yield "model.embed_tokens.weight", (config["vocab_size"], width)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        yield f"{at}.self_attn.q_proj.weight", (query, width)
        yield f"{at}.self_attn.k_proj.weight", (shared, width)
        yield f"{at}.self_attn.v_proj.weight", (shared, width)
        yield f"{at}.self_attn.o_proj.weight", (width, query)
        yield f"{at}.mlp.gate_proj.weight", (ffn, width)
        yield f"{at}.mlp.up_proj.weight", (ffn, width)
        yield f"{at}.mlp.down_proj.weight", (width, ffn)
        yield f"{at}.input_layernorm.weight", (width,)
        yield f"{at}.post_attention_layernorm.weight", (width,)
    yield "model.norm.weight", (width,)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|begin|>",
        "eos_token": "<|end|>",
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    tokens = {"bos_token_id": tokenizer.token_to_id("<|begin|>"), "eos_token_id": tokenizer.token_to_id("<|end|>")}
    config = {**CONFIG, **tokens, "vocab_size": tokenizer.get_vocab_size()}
    (folder / "config.json").write_text(json.dumps(config))
    random = np.random.default_rng(7)
    tensors = {
        name: jnp.asarray(random.normal(float(len(shape) == 1), 0.15, shape), dtype=jnp.bfloat16)
        for name, shape in shapes(config)
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


main(pathlib.Path(sys.argv[1]))
