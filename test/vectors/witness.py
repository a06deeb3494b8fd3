"""An independent witness of training: loss, gradients and ten AdamW steps of two small LLaMA models, computed by PyTorch and by
transformers' LlamaForCausalLM. It writes witness.json, which witness.test.ts compares our programs with; it takes nothing of ours.

    python -m venv witness && witness/bin/pip install torch transformers numpy
    witness/bin/python test/vectors/witness.py

Weights and tokens come from a formula that both sides compute (see `draw`), so the file holds results only. Float32 on the CPU.
"""

import json
import pathlib
import platform

import numpy as np
import torch
import transformers

STEPS = 10
SAMPLES = 24
# Tensors of at most this many entries are stored whole.
WHOLE = 64

# As in the manifest of a run; absent fields are those of LlamaConfig.
CASES = {
    "multiHead": {
        "model": {
            "vocabSize": 97,
            "dModel": 32,
            "layers": 2,
            "heads": 4,
            "keyValueHeads": 4,
            "headSize": 8,
            "ffn": 48,
            "context": 24,
            "ropeBase": 10000.0,
            "ropeScaling": None,
            "normEpsilon": 1e-5,
            "tiedEmbeddings": False,
        },
        "batch": 3,
        "optimizer": {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1, "clipNorm": 2.55},
        "learningRate": 0.002,
    },
    "groupedTiedScaled": {
        "model": {
            "vocabSize": 503,
            "dModel": 40,
            "layers": 3,
            "heads": 4,
            "keyValueHeads": 2,
            "headSize": 12,
            "ffn": 56,
            "context": 32,
            "ropeBase": 500000.0,
            "ropeScaling": {
                "kind": "llama3",
                "factor": 8.0,
                "lowFrequencyFactor": 1.0,
                "highFrequencyFactor": 4.0,
                "originalContext": 16,
            },
            "normEpsilon": 1e-6,
            "tiedEmbeddings": True,
        },
        "batch": 2,
        "optimizer": {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7, "weightDecay": 0.3, "clipNorm": 0.5},
        "learningRate": 0.005,
    },
}


def seed_of(name):
    """FNV-1a over the bytes of a name."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return seed


def draw(name, count):
    """uint32 numbers: MurmurHash3's finaliser of seed_of(name) + i * 0x9e3779b9."""
    x = (seed_of(name) + np.arange(count, dtype=np.uint64) * 0x9E3779B9) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return x ^ (x >> 16)


def weights(name, shape):
    """Uniform: norms within 1 +- 0.25, matrices within +- 0.25. Doubles rounded to float32."""
    count = int(np.prod(shape))
    centred = draw(name, count).astype(np.float64) / 2**32 - 0.5
    values = 1 + centred / 2 if len(shape) == 1 else centred / 2
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def tokens(step, rows, length, vocabulary):
    return torch.from_numpy((draw(f"tokens {step}", rows * length) % vocabulary).astype(np.int64).reshape(rows, length))


def learning_rates(peak):
    """Rising over four steps, then falling, so that no two steps are alike."""
    return [float(np.float32(peak * min((step + 1) / 4, 1) * (1 - step / 20))) for step in range(STEPS)]


def build(model):
    scaling = model["ropeScaling"]
    rope = {"rope_type": "default", "rope_theta": model["ropeBase"]}
    if scaling is not None:
        rope |= {
            "rope_type": scaling["kind"],
            "factor": scaling["factor"],
            "low_freq_factor": scaling["lowFrequencyFactor"],
            "high_freq_factor": scaling["highFrequencyFactor"],
            "original_max_position_embeddings": scaling["originalContext"],
        }
    config = transformers.LlamaConfig(
        vocab_size=model["vocabSize"],
        hidden_size=model["dModel"],
        intermediate_size=model["ffn"],
        num_hidden_layers=model["layers"],
        num_attention_heads=model["heads"],
        num_key_value_heads=model["keyValueHeads"],
        head_dim=model["headSize"],
        max_position_embeddings=model["context"],
        rms_norm_eps=model["normEpsilon"],
        rope_parameters=rope,
        tie_word_embeddings=model["tiedEmbeddings"],
        attn_implementation="eager",
    )
    network = transformers.LlamaForCausalLM(config).float()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(weights(name, tuple(parameter.shape)))
    return network


def digest(tensor):
    """Norm and entries: all of a small tensor, of others SAMPLES, at indices draw('samples', SAMPLES) mod size."""
    flat = tensor.detach().reshape(-1).to(torch.float64).numpy()
    places = range(len(flat)) if len(flat) <= WHOLE else draw("samples", SAMPLES) % len(flat)
    return {"norm": number(np.linalg.norm(flat)), "entries": [number(flat[int(place)]) for place in places]}


def number(value):
    """The shortest text of the float32."""
    return float(str(np.float32(value)))


def mean_loss(network, rows):
    logits = network(input_ids=rows[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), rows[:, 1:].reshape(-1))


def run(case):
    model, options = case["model"], case["optimizer"]
    network = build(model)
    named = dict(network.named_parameters())
    groups = [
        {"params": [p for p in named.values() if p.dim() > 1], "weight_decay": options["weightDecay"]},
        {"params": [p for p in named.values() if p.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    rates = learning_rates(case["learningRate"])
    losses, norms, gradients = [], [], {}
    for step, rate in enumerate(rates):
        loss = mean_loss(network, tokens(step, case["batch"], model["context"] + 1, model["vocabSize"]))
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: digest(parameter.grad) for name, parameter in named.items()}
        norms.append(number(torch.nn.utils.clip_grad_norm_(named.values(), options["clipNorm"])))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        losses.append(number(loss.item()))
    return {
        **case,
        "learningRates": rates,
        "losses": losses,
        "gradientNorms": norms,
        "gradients": gradients,
        "parameters": {name: digest(parameter) for name, parameter in named.items()},
    }


def text(value, depth=0):
    """JSON with a line for each entry of the three outer levels, so that a difference can be read."""
    if not isinstance(value, dict) or depth == 3:
        return json.dumps(value)
    lines = [f"{'  ' * (depth + 1)}{json.dumps(key)}: {text(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def main():
    torch.set_num_threads(1)
    versions = {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}
    document = {"madeWith": versions, **{name: run(case) for name, case in CASES.items()}}
    path = pathlib.Path(__file__).with_name("witness.json")
    path.write_text(text(document) + "\n")
    for name in CASES:
        case = document[name]
        print(f"{name}: losses {case['losses'][0]:.6f} to {case['losses'][-1]:.6f}, norms {case['gradientNorms']}")


main()
