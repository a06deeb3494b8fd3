# The peer of the codec benchmark: the compressor of the reference system (templar), written from the description of its algorithm as
# one would for speed in PyTorch: tensors are worked on whole and in place where that helps.
#
# Compress, per tensor: feedback = 0.95 feedback + update; blocks of 64 x 64 (vectors: 64); the 64 largest magnitudes of each block;
# values to four codes by mean and six standard deviations of the tensor, with the mean of each bin in a table; places in 12 bits, two
# in three bytes; what was sent is taken off the feedback. Places and codes of all tensors go into one file with torch.save.
# The reference system takes off what it sent by decoding its own message into a dense tensor; `lean` does that on the kept places only.
# Aggregate, per tensor: unpack, scale each peer's values down to the median norm, mean over the peers that sent a place, step.

import io
import time

import torch
from serve import serve

BLOCK, TOP, DECAY, BINS, RANGE = 64, 64, 0.95, 4, 6.0


def read(path, count):
    """The `count` updates in a file, [count, parameters]."""
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).view(count, -1)


def blocks(x):
    """[h, w] as [h / 64 * w / 64, 4096], a vector as [n / 64, 64]; dimensions that 64 does not divide take their largest divisor."""
    if x.dim() == 1:
        return x.view(-1, divisor(x.shape[0]))
    h, w = divisor(x.shape[0]), divisor(x.shape[1])
    return x.view(x.shape[0] // h, h, x.shape[1] // w, w).permute(0, 2, 1, 3).reshape(-1, h * w)


def unblocks(x, shape):
    if len(shape) == 1:
        return x.view(shape)
    h, w = divisor(shape[0]), divisor(shape[1])
    return x.view(shape[0] // h, shape[1] // w, h, w).permute(0, 2, 1, 3).reshape(shape)


def divisor(size):
    return next(d for d in range(min(BLOCK, size), 0, -1) if size % d == 0)


def quantise(values):
    """[blocks, k] to codes uint8 and a table of four values."""
    mean = values.mean()
    centred = values - mean
    scale = centred.norm() / (centred.numel() - 1) ** 0.5 * RANGE / BINS
    codes = (centred / scale.clamp(min=1e-12)).round_().add_(BINS // 2).clamp_(0, BINS - 1).to(torch.uint8)
    flat = codes.flatten().long()
    counts = torch.bincount(flat, minlength=BINS)
    sums = torch.bincount(flat, weights=centred.flatten(), minlength=BINS)
    table = torch.where(counts > 0, sums / counts.clamp(min=1), torch.zeros(())).float() + mean
    return codes, table


def pack(places):
    """Pairs of 12-bit numbers in three bytes."""
    pairs = places.flatten().to(torch.int32).view(-1, 2)
    a, b = pairs[:, 0], pairs[:, 1]
    return torch.stack((a & 255, (a >> 8) | ((b & 15) << 4), b >> 4), dim=1).to(torch.uint8)


def unpack(packed, width):
    p = packed.to(torch.int64)
    a = p[:, 0] | ((p[:, 1] & 15) << 8)
    b = (p[:, 1] >> 4) | (p[:, 2] << 4)
    return torch.stack((a, b), dim=1).view(-1, width)


def scatter_mean(shape, places, values):
    """Dense: at each place the mean of the values that name it, elsewhere 0."""
    return torch.zeros(shape).scatter_reduce_(1, places, values, reduce="mean", include_self=False)


class Codec:
    def __init__(self, shapes):
        self.shapes = [tuple(shape) for shape in shapes]
        self.sizes = [torch.Size(shape).numel() for shape in self.shapes]
        self.feedback = torch.zeros(sum(self.sizes))
        self.state = torch.zeros(sum(self.sizes))

    def tensors(self, flat):
        return [part.view(shape) for part, shape in zip(flat.split(self.sizes), self.shapes)]

    def encode(self, update, lean=False, errors=None):
        """The bytes on the wire. `errors` gathers squares: of the quantisation error of what is kept, and of what is kept."""
        message = []
        for feedback, delta in zip(self.tensors(self.feedback), self.tensors(update)):
            feedback.mul_(DECAY).add_(delta)
            x = blocks(feedback)
            places = x.abs().topk(min(TOP, x.shape[1]), dim=1, sorted=False).indices
            values = x.gather(1, places)
            codes, table = quantise(values)
            sent, packed = table[codes.long()], pack(places)
            if errors is not None:
                errors[0] += (values - sent).square().sum().item()
                errors[1] += values.square().sum().item()
            if lean:
                x.scatter_(1, places, values - sent)
                feedback.copy_(unblocks(x, feedback.shape))
            else:
                decoded = scatter_mean(x.shape, unpack(packed, codes.shape[1]), sent)
                feedback.sub_(unblocks(decoded, feedback.shape))
            message.append((packed, codes, table))
        buffer = io.BytesIO()
        torch.save(message, buffer)
        return buffer.getvalue()

    def aggregate(self, blobs, rate=0.4):
        messages = [torch.load(io.BytesIO(blob), weights_only=True) for blob in blobs]
        for index, state in enumerate(self.tensors(self.state)):
            places, values = [], []
            for message in messages:
                packed, codes, table = message[index]
                places.append(unpack(packed, codes.shape[1]))
                values.append(table[codes.long()])
            norms = torch.stack([v.norm() for v in values])
            for v, norm in zip(values, norms):
                v.mul_((norms.median() / norm.clamp(min=1e-12)).clamp(max=1.0))
            mean = scatter_mean(blocks(state).shape, torch.cat(places, dim=1), torch.cat(values, dim=1))
            state.sub_(unblocks(mean, state.shape), alpha=rate)


codec = None
update = None
messages = []


def tile(flat, shapes, times):
    """Each tensor with `times` as many rows, the same again and again."""
    parts = flat.split([torch.Size(shape).numel() for shape in shapes])
    return torch.cat([part.repeat(times) for part in parts])


def open_codec(shapes, times, file, count):
    """Encodes the updates in a file for `aggregate`, and keeps the first for `encode`."""
    global codec, update, messages
    codec = Codec([(shape[0] * times, *shape[1:]) for shape in shapes])
    updates = read(file, count)
    update, messages = tile(updates[0], shapes, times), []
    for one in updates:
        codec.feedback.zero_()
        messages.append(codec.encode(tile(one, shapes, times)))
    codec.feedback.zero_()
    return {"torch": torch.__version__, "bits": 8 * payload(messages[0]) / update.numel()}


def payload(blob):
    """Bytes of the tensors in a message, without torch.save's frame around each, which only small tensors feel."""
    return sum(part.nbytes for parts in torch.load(io.BytesIO(blob), weights_only=True) for part in parts)


def measure(shapes, file, count):
    """Relative error of the kept values without feedback, and how far what is decoded is from what was taken off the feedback."""
    fresh, whole, errors = Codec(shapes), read(file, count)[0], [0.0, 0.0]
    blob = fresh.encode(whole, errors=errors)
    fresh.aggregate([blob], rate=1.0)
    drift = (whole - fresh.feedback + fresh.state).abs().max().item() / whole.abs().max().item()
    return {"error": (errors[0] / errors[1]) ** 0.5, "drift": drift}


def encode(lean):
    start = time.perf_counter()
    codec.encode(update, lean)
    return {"seconds": time.perf_counter() - start}


def aggregate():
    start = time.perf_counter()
    codec.aggregate(messages)
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    serve({"open": open_codec, "measure": measure, "encode": encode, "aggregate": aggregate})
