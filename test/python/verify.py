"""Loads exported models with libraries of others and compares with what we computed. FOLDER/expected.json lists the models: folder,
tokens, our logits (a file of float32), texts and our tokens of them. Prints a line for each check; exits with 1 if one failed.

    python verify.py FOLDER [--transformers]
"""

import json
import pathlib
import sys

import numpy as np
from tokenizers import Tokenizer

import llama

TOLERANCE = 1e-4
failures = 0


def check(what, passed, figure):
    global failures
    failures += not passed
    print(f"{'ok  ' if passed else 'FAIL'}  {what}: {figure}", flush=True)


def compare(what, theirs, ours):
    """Largest difference of a logit, with the spread of the logits for comparison."""
    difference = float(np.max(np.abs(np.asarray(theirs, np.float64) - ours)))
    figure = f"largest difference {difference:.2e} of logits from {ours.min():.2f} to {ours.max():.2f}"
    check(what, theirs.shape == ours.shape and difference <= TOLERANCE, figure)


def with_jax(folder, model, ours):
    config, tensors = llama.load(folder)
    compare(f"{model['name']}, logits in JAX", np.asarray(llama.logits(config, tensors, model["tokens"])), ours)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    decode = lambda tokens: tokenizer.decode(tokens)
    compare_tokenizer(f"{model['name']}, tokenizers", model, encode, decode)


def with_transformers(folder, model, ours):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        theirs = network(torch.tensor([model["tokens"]])).logits[0].numpy()
    compare(f"{model['name']}, logits in transformers ({type(network).__name__})", theirs, ours)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False)
    decode = lambda tokens: tokenizer.decode(tokens, clean_up_tokenization_spaces=False)
    compare_tokenizer(f"{model['name']}, tokenizer in transformers", model, encode, decode)


def compare_tokenizer(what, model, encode, decode):
    wrong = [text for text, tokens in model["texts"] if encode(text) != tokens or decode(tokens) != text]
    check(what, not wrong, f"{len(model['texts']) - len(wrong)} of {len(model['texts'])} texts{''.join(map(repr, wrong[:1]))}")


def main(folder, *options):
    for model in json.loads((folder / "expected.json").read_text()):
        ours = np.fromfile(folder / model["logits"], "<f4").reshape(len(model["tokens"]), -1)
        with_jax(folder / model["folder"], model, ours)
        if "--transformers" in options:
            with_transformers(folder / model["folder"], model, ours)
    sys.exit(1 if failures else 0)


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
