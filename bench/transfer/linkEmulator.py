# Slow links between network namespaces, in user space: each node's link is a TUN device, and all that goes out of one is held here
# for as long as the link, the way and the other link would take, or lost. Needs root for the devices; the standard library only.
# Not a router: it knows the addresses that it was given and drops what is for others.
#
# One JSON object a line in, one a line out, until the input ends. First {"call": "open", "with": {nodes, loss, queueMs, dilation, seed}};
# the devices exist when it is answered, and may be moved into namespaces then. {"call": "stats"} afterwards, as often as wanted.

import fcntl
import gc
import json
import os
import random
import select
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
# Packets that are due within one slot leave together: half a millisecond of the network, but no less than epoll can wait for. A packet
# by itself would wake a process for itself.
SLOT, LEAST_SLOT = 0.0005, 0.001
SLOTS = 1 << 16
# Read from one device before the others have their turn.
BATCH = 64


def open_device(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


class Link:
    """One node's link: rates in bytes a second of this machine's clock, None for no limit."""

    def __init__(self, node, dilation):
        self.device = open_device(node["device"])
        self.up = self.rate(node["upMbps"], dilation)
        self.down = self.rate(node["downMbps"], dilation)
        self.delay = node["delayMs"] / 1000 * dilation
        # When the last packet that was accepted will have passed.
        self.up_free = self.down_free = 0.0
        self.sent = self.received = self.packets = self.lost = self.overflowed = 0

    @staticmethod
    def rate(mbps, dilation):
        return None if mbps is None else mbps * 1e6 / 8 / dilation


class Emulator:
    def __init__(self, nodes, loss, queueMs, dilation, seed):
        self.links = [Link(node, dilation) for node in nodes]
        self.by_device = {link.device: link for link in self.links}
        self.by_address = {socket.inet_aton(node["address"]): link for node, link in zip(nodes, self.links)}
        self.loss = loss
        self.queue = queueMs / 1000 * dilation
        self.random = random.Random(seed).random
        self.slot = max(LEAST_SLOT, SLOT * dilation)
        longest = 2 * (max(link.delay for link in self.links) + self.queue)
        if longest > self.slot * SLOTS / 2:
            raise ValueError("delays and queues are too long for this dilation")
        # Slot number modulo SLOTS: packets that reach the far link then, and packets that come out of it.
        self.arrivals = [[] for _ in range(SLOTS)]
        self.deliveries = [[] for _ in range(SLOTS)]
        self.waiting = 0
        self.next_slot = int(time.monotonic() / self.slot)
        self.latest = 0.0

    def take(self, link, now):
        """Packets that a node has sent: through its own link, then on the way."""
        read, device, by_address, arrivals, draw = os.read, link.device, self.by_address, self.arrivals, self.random
        width = self.slot
        for _ in range(BATCH):
            try:
                packet = read(device, 65536)
            except BlockingIOError:
                return
            to = by_address.get(packet[16:20])
            if to is None or packet[0] >> 4 != 4:
                continue
            size = len(packet)
            if link.up is not None:
                start = link.up_free if link.up_free > now else now
                if start - now > self.queue:
                    link.overflowed += 1
                    continue
                link.up_free = left = start + size / link.up
            else:
                left = now
            link.sent += size
            link.packets += 1
            if draw() < self.loss:
                link.lost += 1
                continue
            arrivals[int((left + link.delay + to.delay) / width) % SLOTS].append((to, packet))
            self.waiting += 1

    def release(self, now):
        """All slots that are over, in order."""
        write, arrivals, deliveries, width = os.write, self.arrivals, self.deliveries, self.slot
        last = int(now / width)
        for slot in range(self.next_slot, last):
            place = slot % SLOTS
            if arrivals[place]:
                at = slot * width
                for to, packet in arrivals[place]:
                    if to.down is None:
                        deliveries[place].append((to, packet))
                        continue
                    start = to.down_free if to.down_free > at else at
                    if start - at > self.queue:
                        to.overflowed += 1
                        self.waiting -= 1
                        continue
                    to.down_free = start + len(packet) / to.down
                    deliveries[int(to.down_free / width) % SLOTS].append((to, packet))
                arrivals[place] = []
            if deliveries[place]:
                self.latest = max(self.latest, now - (slot + 1) * width)
                for to, packet in deliveries[place]:
                    to.received += len(packet)
                    try:
                        write(to.device, packet)
                    except OSError:
                        # The node's namespace is going: nobody is there to have it.
                        to.lost += 1
                self.waiting -= len(deliveries[place])
                deliveries[place] = []
        self.next_slot = max(self.next_slot, last)

    def stats(self):
        fields = ("sent", "received", "packets", "lost", "overflowed")
        answer = {
            "nodes": [{field: getattr(link, field) for field in fields} for link in self.links],
            "cpuSeconds": time.process_time(),
            "latestMs": self.latest * 1000,
        }
        self.latest = 0.0
        return answer

    def run(self, commands):
        poll = select.epoll()
        poll.register(commands.fileno(), select.EPOLLIN)
        for device in self.by_device:
            poll.register(device, select.EPOLLIN)
        while True:
            for ready, _ in poll.poll(self.slot if self.waiting else 1.0):
                link = self.by_device.get(ready)
                if link is not None:
                    self.take(link, time.monotonic())
                    continue
                if not commands.readline():
                    return
                answer(self.stats())
            self.release(time.monotonic())


def answer(result):
    print(json.dumps({"result": result}), flush=True)


if __name__ == "__main__":
    # Packets that are late here would be taken for a slow network: before all that shares its time. What is allocated has no cycles.
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    gc.disable()
    # Unbuffered: a line that waits in a buffer of this process would not wake the poll.
    lines = open(0, "rb", buffering=0)
    emulator = Emulator(**json.loads(lines.readline())["with"])
    answer({})
    emulator.run(lines)
