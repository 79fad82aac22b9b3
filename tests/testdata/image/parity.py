"""Draws picture files and resizes, and what Pillow and torchvision make of them; called by parity.ts.

    python parity.py FOLDER FILES RESIZES SEED

Writes the files and cases.json into FOLDER. Needs pillow (any version from 12 on), torch and torchvision.
"""

import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

folder, num_files, num_resizes, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
rng = np.random.default_rng(seed)
FILTERS = {
    "nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "hamming": Image.HAMMING,
    "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS,
}
MODES = {
    "jpeg": ["RGB", "RGB", "RGB", "L", "CMYK"],
    "png": ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"],
    "webp": ["RGB", "RGBA"],
    "gif": ["P", "L", "RGB"],
    "bmp": ["RGB", "RGBA", "L", "P", "1"],
}


def below(n):
    return int(rng.integers(n))


def chance(n):
    return below(n) == 0


def sha(pixels):
    return hashlib.sha256(pixels).hexdigest()


def extents(most):
    """Small ones most often, now and then a long and narrow one."""
    most = [12, 70, most][below(3)]
    width, height = 1 + below(most), 1 + below(most)
    return (1 + below(3), height) if chance(8) else (width, 1 + below(3)) if chance(8) else (width, height)


def levels(width, height, channels):
    """Noise, slopes, both, black and white, or one colour."""
    shape = (height, width, channels)
    kind = below(5)
    if kind == 0:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind == 1:
        return (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    if kind == 2:
        return np.broadcast_to(rng.integers(0, 256, channels, dtype=np.uint8), shape).copy()
    y, x, c = np.mgrid[:height, :width, :channels]
    smooth = 128 + 100 * np.sin(x / (3 + below(40)) + c) * np.cos(y / (3 + below(40)) - c)
    return (smooth + (rng.normal(0, 12, shape) if kind == 3 else 0)).clip(0, 255).astype(np.uint8)


def picture(mode, width, height):
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65536, (height, width)).astype(np.uint16))
    channels = {"RGB": 3, "RGBA": 4, "LA": 2, "L": 1, "CMYK": 4}.get(mode, 3)
    pixels = levels(width, height, channels)
    if mode in ("RGB", "RGBA", "LA", "L", "CMYK"):
        return Image.frombytes(mode, (width, height), pixels.tobytes())
    image = Image.frombytes("RGB", (width, height), pixels.tobytes())
    return image.quantize(2 + below(255)) if mode == "P" else image.convert(mode)


def options(kind, mode):
    if kind == "jpeg":
        found = {"quality": 1 + below(100), "progressive": chance(2), "optimize": chance(2)}
        if mode != "L":
            found["subsampling"] = below(3)
        if mode == "RGB" and chance(6):
            found |= {"keep_rgb": True, "subsampling": 0}
        if chance(3):
            found["restart_marker_blocks"] = 1 + below(20)
        elif chance(4):
            found["restart_marker_rows"] = 1 + below(3)
        return found
    if kind == "webp":
        return {"lossless": chance(2), "quality": below(101), "method": below(7), "exact": chance(2)}
    if kind == "png":
        found = {"compress_level": below(10), "optimize": chance(4)}
        if chance(4) and mode in ("L", "RGB", "P"):
            found["transparency"] = (below(256),) * 3 if mode == "RGB" else below(2)
        return found
    return {"interlace": below(2)} if kind == "gif" else {}


def on_white(image):
    if image.mode not in ("RGBA", "LA") and "transparency" not in image.info:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


def file_case(index):
    kind = list(MODES)[below(5)] if chance(2) else "jpeg"
    mode = MODES[kind][below(len(MODES[kind]))]
    chosen = options(kind, mode)
    if kind in ("jpeg", "png", "webp") and chance(4):
        exif = Image.Exif()
        exif[0x0112] = 1 + below(8)
        chosen["exif"] = exif
    buffer = io.BytesIO()
    try:
        picture(mode, *extents(300)).save(buffer, kind, **chosen)
    except OSError:
        # Pillow's buffer is too small for some noisy files; another is drawn.
        return file_case(index)
    name = f"{index}.{kind}"
    (folder / name).write_bytes(buffer.getvalue())
    image = Image.open(io.BytesIO(buffer.getvalue()))
    image.load()
    image = ImageOps.exif_transpose(image)
    described = {key: value for key, value in chosen.items() if key != "exif"} | {"mode": mode, "exif": "exif" in chosen}
    return {
        "name": name, "options": described, "width": image.width, "height": image.height,
        "white": sha(on_white(image).tobytes()), "drop": sha(image.convert("RGB").tobytes()),
    }


def resize_as_pillow_12(image, size, name):
    """Two calls in the order of version 12, whatever the version: each runs one pass only."""
    if name == "nearest":
        return image.resize(size, FILTERS[name])
    sizes = [(size[0], image.height), size]
    if image.height > image.width * 100 and size[1] < image.height:
        sizes[0] = (image.width, size[1])
    for between in sizes:
        image = image.resize(between, FILTERS[name])
    return image


def resize_case(index):
    (width, height), (to_width, to_height) = extents(500), extents(500)
    pixels = levels(width, height, 3)
    (folder / f"{index}.rgb").write_bytes(pixels.tobytes())
    case = {"name": f"{index}.rgb", "width": width, "height": height, "to": [to_width, to_height], "results": []}
    image = Image.fromarray(pixels)
    tensor = torch.from_numpy(pixels).permute(2, 0, 1).contiguous()
    for name in FILTERS:
        resized = resize_as_pillow_12(image, (to_width, to_height), name)
        case["results"].append(["pillow", name, sha(resized.tobytes())])
        if name in ("bilinear", "bicubic", "lanczos"):
            try:
                resized = F.resize(tensor, [to_height, to_width], InterpolationMode(name), antialias=True)
            except RuntimeError:
                continue  # PyTorch fails on some pictures one pixel wide or high
            case["results"].append(["torchvision", name, sha(resized.permute(1, 2, 0).contiguous().numpy().tobytes())])
    return case


cases = {
    "versions": {m.__name__: m.__version__ for m in (PIL, torch, torchvision)},
    "files": [file_case(i) for i in range(num_files)],
    "resizes": [resize_case(i) for i in range(num_resizes)],
}
(folder / "cases.json").write_text(json.dumps(cases))
