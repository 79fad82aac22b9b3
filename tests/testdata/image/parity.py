"""Draws picture files and resizes, and what Pillow and torchvision make of them; called by parity.ts.

    python parity.py FOLDER FILES RESIZES SEED WEBPS DAMAGED

Writes the files and cases.json into FOLDER. Needs pillow (any version from 12 on), torch and torchvision.
"""

import hashlib
import io
import json
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

import damage
import webp_encoder

folder, num_files, num_resizes, seed, num_webps, num_damaged = Path(sys.argv[1]), *map(int, sys.argv[2:])
warnings.simplefilter("ignore")
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


def damaged_case(index):
    """A JPEG file, damaged once or twice, and what Pillow shows of it, or that it refuses it."""
    mode = MODES["jpeg"][below(5)]
    buffer = io.BytesIO()
    try:
        picture(mode, *extents(300)).save(buffer, "jpeg", **options("jpeg", mode))
    except OSError:
        return damaged_case(index)
    data = buffer.getvalue()
    edits = damage.edits_of(data, rng)
    data = damage.edited(data, edits)
    if chance(4) and b"\xff\xda" in data and damage.scan_of(data) + 8 < len(data):
        edits += damage.edits_of(data, rng)
        data = damage.edited(data, edits[-1:])
    if damage.is_exempt(data):
        return damaged_case(index)
    name = f"{index}.damaged.jpeg"
    (folder / name).write_bytes(data)
    image = damage.shown(data)
    described = {"edits": [[place, taken, put.hex()] for place, taken, put in edits]}
    return {"name": name, "options": described, "shown": image and sha(image.tobytes())}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff_block():
    """An orientation of a drawn type and count, in either order of bytes, behind another entry."""
    big = chance(2)
    order = ">" if big else "<"
    kind, count = [3, 3, 3, 4, 1, 2, 5, 6, 8, 9, 11, 12, 13, 14][below(14)], [1, 1, 1, 0, 2, 3][below(6)]
    value = 1 + below(9)
    form = {3: "H", 4: "I", 5: "II", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}.get(kind, "B")
    data = struct.pack(order + form * max(count, 1), *[value, 1][:len(form)] * max(count, 1))[:1000 if count else 0]
    entries = [struct.pack(order + "HHII", 0x0100, 4, 1, 7)] if chance(2) else []
    place = 8 + 2 + 12 * (len(entries) + 1) + 4
    inside = len(data) <= 4
    field = data.ljust(4, b"\0") if inside else struct.pack(order + "I", place if not chance(6) else 9999)
    entries.append(struct.pack(order + "HHI", 0x0112 if not chance(8) else 0x0110, kind, count) + field)
    block = (b"MM\0*" if big else b"II*\0") + struct.pack(order + "IH", 8, len(entries)) + b"".join(entries)
    return block + struct.pack(order + "I", 0) + (b"" if inside else data)


def packet():
    """XMP with an orientation as attribute or element, or without one."""
    inner = [
        f'tiff:Orientation="{below(10)}"', f"><tiff:Orientation>{below(10)}</tiff:Orientation", "", "tiff:Orientation=6",
    ][below(4)]
    return (f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description {inner}></x:xmpmeta>" + " " * below(40)).encode()


def text_chunks():
    found = []
    for _ in range(below(4)):
        kind = below(7)
        profile = b"\nexif\n%8d\n" % 9 + b"\n".join([tiff_block().hex().encode(), b""])
        if kind == 0:
            found.append(chunk(b"eXIf", tiff_block()))
        elif kind == 1:
            found.append(chunk(b"tEXt", b"Raw profile type exif\0" + profile))
        elif kind == 2:
            found.append(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)))
        elif kind == 3:
            found.append(chunk(b"tEXt", b"XML:com.adobe.xmp\0" + packet()))
        elif kind == 4:
            found.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0\0" + packet() + (b"\xff" if chance(4) else b"")))
        elif kind == 5:
            packed = zlib.compress(packet())
            found.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed[:-5 if chance(4) else None]))
        else:
            found.append(chunk(b"tEXt", b"Comment\0nothing"))
    return b"".join(found)


def png_case():
    """A PNG of any kind, perhaps an animation whose first picture is smaller than the canvas, with metadata anywhere."""
    depth, color = [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (4, 3), (8, 3), (8, 4), (8, 6)][below(12)]
    width, height = 1 + below(20), 1 + below(20)
    interlaced = chance(4)

    def rows(width, height):
        bits = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color] * depth
        passes = [(0, 0, 1, 1)]
        if interlaced:
            passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        data = b""
        for x0, y0, dx, dy in passes:
            columns, lines = -(-(width - x0) // dx), -(-(height - y0) // dy)
            if columns > 0 and lines > 0:
                stride = (columns * bits + 7) // 8
                data += b"".join(b"\0" + rng.integers(0, 256, stride, np.uint8).tobytes() for _ in range(lines))
        return zlib.compress(data)

    def part(sequence):
        w, h = 1 + below(width), 1 + below(height)
        x, y = below(width - w + 1), below(height - h + 1)
        return w, h, chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, w, h, x, y, 1, 10, below(3), below(2)))

    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))
    out += text_chunks()
    if color == 3:
        out += chunk(b"PLTE", rng.integers(0, 256, 3 * 2**depth, np.uint8).tobytes())
    late = b""
    if color in (0, 2, 3) and chance(3):
        entry = chunk(b"tRNS", bytes(below(256) for _ in range(2**depth if color == 3 else 6)))
        out, late = (out, entry) if chance(3) else (out + entry, b"")
    kind = below(5)
    if kind > 1:
        out += chunk(b"acTL", struct.pack(">II", 1 + below(3), 0))
    numbered = 0

    def parts(data, number):
        """The stream in one or two chunks."""
        cuts = [data] if chance(2) else [data[:len(data) // 2], data[len(data) // 2:]]
        if number is None:
            return b"".join(chunk(b"IDAT", cut) for cut in cuts), 0
        made = b"".join(chunk(b"fdAT", struct.pack(">I", number + i) + cut) for i, cut in enumerate(cuts))
        return made, len(cuts)

    if kind in (0, 2):  # a picture, or the default image of an animation
        out += parts(rows(width, height), None)[0]
    elif kind in (1, 3):  # the first picture of an animation
        w, h, control = part(0)
        out += control + parts(rows(w, h), None)[0]
        numbered = 1
    else:  # no default image at all
        w, h, control = part(0)
        made, count = parts(rows(w, h), 1)
        out += control + made
        numbered = 1 + count
    out += late + text_chunks()
    if kind > 1:
        w, h, control = part(numbered if not chance(8) else numbered + 1)
        out += control + parts(rows(w, h), numbered + 1)[0] + text_chunks()
    return out + chunk(b"IEND", b"")


def jpeg_case():
    buffer = io.BytesIO()
    picture("RGB", *extents(20)).save(buffer, "jpeg")
    file, found = buffer.getvalue(), b""
    for _ in range(below(4)):
        block = b"Exif\0\0" + tiff_block() if chance(2) else b"http://ns.adobe.com/xap/1.0/\0" + packet()
        cut = len(block) if chance(3) or block[:1] == b"h" else 6 + below(len(block) - 6)
        for segment in [block[:cut]] + ([b"Exif\0\0" + block[cut:]] if cut < len(block) else []):
            found += b"\xff\xe1" + struct.pack(">H", 2 + len(segment)) + segment
    return file[:2] + found + file[2:]


def webp_case():
    buffer = io.BytesIO()
    exif, xmp = tiff_block() if chance(2) else b"", packet() if chance(2) else b""
    if exif and chance(2):
        exif = b"Exif\0\0" + exif
    picture("RGB", *extents(20)).save(buffer, "webp", exif=exif, xmp=xmp)
    file = bytearray(buffer.getvalue())
    if chance(6) and file[12:16] == b"VP8X":
        file[20] &= ~0x0C if chance(2) else ~0x04
    return bytes(file)


def metadata_case(index):
    """Where Pillow fails on what a file says of itself, another file is drawn."""
    kind = ["png", "png", "jpeg", "webp"][below(4)]
    file = {"png": png_case, "jpeg": jpeg_case, "webp": webp_case}[kind]()
    try:
        image = Image.open(io.BytesIO(file))
        image.load()
        image = ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, TypeError, AttributeError, OSError, struct.error):
        return metadata_case(index)
    name = f"metadata-{index}.{kind}"
    (folder / name).write_bytes(file)
    return {
        "name": name, "options": {}, "width": image.width, "height": image.height,
        "white": sha(on_white(image).tobytes()), "drop": sha(image.convert("RGB").tobytes()),
    }


def webp_settings():
    return {
        "lossless": int(chance(3)), "quality": float(below(101)), "method": below(7), "image_hint": below(4),
        "segments": 1 + below(4), "sns_strength": below(101), "filter_strength": 0 if chance(4) else below(101),
        "filter_sharpness": below(8), "filter_type": below(2), "autofilter": below(2), "alpha_compression": below(2),
        "alpha_filtering": below(3), "alpha_quality": below(101), "passes": 1 + below(3),
        "preprocessing": [0, 0, 1, 2, 4][below(5)], "partitions": below(4),
        "partition_limit": below(101) if chance(4) else 0, "low_memory": below(2),
        "near_lossless": below(101) if chance(3) else 100, "exact": below(2), "use_sharp_yuv": int(chance(8)),
    }


def webp_file_case(index):
    """Every setting of libwebp, most of them of lossy files; half of the pictures are opaque."""
    width, height = extents(500)
    pixels = levels(width, height, 4)
    if chance(2):
        pixels[..., 3] = 255
    settings = webp_settings()
    file = webp_encoder.encode(pixels, settings)
    if file is None:
        return webp_file_case(index)
    name = f"settings-{index}.webp"
    (folder / name).write_bytes(file)
    image = Image.open(io.BytesIO(file))
    image.load()
    return {
        "name": name, "options": settings, "width": image.width, "height": image.height,
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
    "files": [file_case(i) for i in range(num_files)] + [metadata_case(i) for i in range(num_files // 2)]
    + [webp_file_case(i) for i in range(num_webps)],
    "resizes": [resize_case(i) for i in range(num_resizes)],
    "damaged": [damaged_case(i) for i in range(num_damaged)],
}
(folder / "cases.json").write_text(json.dumps(cases))
