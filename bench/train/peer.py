# The peer of the training benchmark: LLaMA in plain PyTorch as one would write it for speed on a CPU or a GPU today, with the library's own
# fused kernels (scaled_dot_product_attention, rms_norm, AdamW) and, as a second candidate, torch.compile. Parameters come from our
# side, so both train the same model; names and shapes are those of bench/train/model.ts.

import time

import torch
import torch.nn.functional as F
from serve import serve
from torch import nn


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, size = config["dModel"], config["headSize"]
        self.heads, self.kv_heads, self.size = config["heads"], config["keyValueHeads"], size
        self.q_proj = nn.Linear(d, self.heads * size, bias=False)
        self.k_proj = nn.Linear(d, self.kv_heads * size, bias=False)
        self.v_proj = nn.Linear(d, self.kv_heads * size, bias=False)
        self.o_proj = nn.Linear(self.heads * size, d, bias=False)

    def forward(self, x, cos, sin):
        batch, positions, _ = x.shape
        q = self.q_proj(x).view(batch, positions, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(x).view(batch, positions, self.kv_heads, self.size).transpose(1, 2)
        v = self.v_proj(x).view(batch, positions, self.kv_heads, self.size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        grouped = self.kv_heads != self.heads
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        return self.o_proj(y.transpose(1, 2).reshape(batch, positions, -1))


def rotate(x, cos, sin):
    """Half-split rotary embedding: entries i and i + size / 2 of a head are a pair."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-b, a), dim=-1) * sin


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, ffn = config["dModel"], config["ffn"]
        self.gate_proj = nn.Linear(d, ffn, bias=False)
        self.up_proj = nn.Linear(d, ffn, bias=False)
        self.down_proj = nn.Linear(ffn, d, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, eps = config["dModel"], config["normEpsilon"]
        self.input_layernorm = nn.RMSNorm(d, eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = nn.RMSNorm(d, eps)
        self.mlp = FeedForward(config)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, vocabulary = config["dModel"], config["vocabSize"]
        self.embed_tokens = nn.Embedding(vocabulary, d)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["layers"]))
        self.norm = nn.RMSNorm(d, config["normEpsilon"])
        self.lm_head = nn.Linear(d, vocabulary, bias=False)
        size = config["headSize"]
        frequencies = config["ropeBase"] ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        angles = torch.outer(torch.arange(config["context"], dtype=torch.float64), frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos().float())
        self.register_buffer("sin", angles.sin().float())

    def forward(self, tokens):
        """tokens [B, T + 1] int64: the mean loss of predicting the last T, nats."""
        x = self.embed_tokens(tokens[:, :-1])
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
        logits = self.lm_head(self.norm(x))
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


class Run:
    """One training run: a model with its optimiser."""

    def __init__(self, config, weights, optimizer, compiled, device):
        self.device = device
        self.model = Llama(config).to(device)
        offset = 0
        with torch.no_grad():
            for parameter in self.model.parameters():
                count = parameter.numel()
                parameter.copy_(weights[offset : offset + count].view_as(parameter))
                offset += count
        assert offset == weights.numel(), f"{weights.numel()} parameters for a model of {offset}"
        parameters = list(self.model.parameters())
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": optimizer["weightDecay"]},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ]
        betas = (optimizer["beta1"], optimizer["beta2"])
        self.adam = torch.optim.AdamW(groups, lr=optimizer["learningRate"], betas=betas, eps=optimizer["epsilon"], fused=True)
        self.clip = optimizer["clipNorm"]
        self.loss = torch.compile(self.model) if compiled else self.model

    def train(self, tokens):
        """tokens [steps, B, T + 1]: losses before each update, and the seconds that all took."""
        losses = []
        start = time.perf_counter()
        tokens = tokens.to(self.device)
        for batch in tokens:
            self.adam.zero_grad(set_to_none=True)
            loss = self.loss(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
            self.adam.step()
            losses.append(loss.item())
        return {"seconds": time.perf_counter() - start, "losses": losses}


runs = {}


def read(path, dtype):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


def versions():
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "capability": torch.backends.cpu.get_cpu_capability()}


def open_run(name, config, weights, optimizer, compiled, device):
    runs[name] = Run(config, read(weights, torch.float32), optimizer, compiled, device)
    return {}


def train(name, tokens, shape):
    return runs[name].train(read(tokens, torch.int32).view(shape).long())


def close(name):
    del runs[name]
    torch.compiler.reset()
    return {}


if __name__ == "__main__":
    serve({"versions": versions, "open": open_run, "train": train, "close": close})
