"""Times Pillow and torchvision; called by images.ts, prints one JSON object of milliseconds by name.

    python images.py FOLDER RUNS

Draws the pictures into FOLDER if they are not there yet.
"""

import io
import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

folder, runs = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
SIZES = {"photo": (1680, 1050), "4k": (3840, 2160)}


def photo(width, height):
    """Shapes of three sizes and a camera's noise."""
    rng = np.random.default_rng(1)
    sum_ = np.full((height, width, 3), 128.0)
    for cells, weight in ((12, 1.0), (60, 0.6), (240, 0.4)):
        small = rng.integers(0, 256, (max(2, cells * height // width), cells, 3), dtype=np.uint8)
        sum_ += (np.asarray(Image.fromarray(small).resize((width, height), Image.BICUBIC), float) - 128) * weight
    return Image.fromarray((sum_ + rng.normal(0, 4, sum_.shape)).clip(0, 255).astype(np.uint8))


def draw():
    for name, size in SIZES.items():
        image = photo(*size)
        for subsampling, kind in ((2, "420"), (0, "444")):
            image.save(folder / f"{name}_{kind}.jpg", quality=90, subsampling=subsampling)
            image.save(folder / f"{name}_{kind}_progressive.jpg", quality=90, subsampling=subsampling, progressive=True)
        image.save(folder / f"{name}.png")
        image.quantize(200).save(folder / f"{name}_palette.png")
        image.save(folder / f"{name}.webp", quality=90, method=1)
        (folder / f"{name}.rgb").write_bytes(image.tobytes())


if not (folder / "4k.rgb").exists():
    draw()
works = {}
for path in sorted(folder.iterdir()):
    if path.suffix in (".jpg", ".png", ".webp"):
        works[path.name] = lambda data=path.read_bytes(): Image.open(io.BytesIO(data)).convert("RGB")
for name, target in (("4k", (1008, 560)), ("4k", (336, 336)), ("photo", (2576, 1610))):
    image = Image.frombytes("RGB", SIZES[name], (folder / f"{name}.rgb").read_bytes())
    tensor = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)
    works[f"{name} to {target[0]} x {target[1]}, pillow"] = lambda i=image, t=target: i.resize(t, Image.BICUBIC)
    works[f"{name} to {target[0]} x {target[1]}, torchvision"] = lambda x=tensor, t=target: F.resize(
        x, [t[1], t[0]], InterpolationMode.BICUBIC, antialias=True
    )
found = {}
for name, work in works.items():
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    found[name] = median(times[1:]) * 1000
print(json.dumps(found))
