"""Makes the picture files and goldens.json beside this script.

Needs pillow, torch, torchvision and transformers; the versions used are written into goldens.json.
    python make_goldens.py
"""

import base64
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import transformers
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F
from transformers import CLIPImageProcessor, SiglipImageProcessor
from transformers.models.llava.image_processing_llava import LlavaImageProcessor

HERE = Path(__file__).parent
FILTERS = {
    "bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC, "lanczos": InterpolationMode.LANCZOS
}
rng = np.random.default_rng(2026)


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


# --- pictures -------------------------------------------------------------------------------------------------------

def photo(width, height, channels):
    """Soft shapes with a hard edge and some noise: what JPEG is made for, and what it is not."""
    y, x = np.mgrid[:height, :width]
    planes = [128 + 90 * np.sin(x / (5 + c) + y / 17) + 40 * np.cos(y / (4 + c)) for c in range(channels)]
    image = np.stack(planes, -1) + rng.normal(0, 6, (height, width, channels))
    image[height // 3: height // 2, width // 4: width // 2] = [250, 10, 120, 90][:channels]
    return image.clip(0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(width, height, depth, color_type, palette=None, transparency=None, exif=None, interlaced=False):
    """A PNG of any kind, samples at random, every filter in turn (filtered bytes are what is random)."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x0, y0, dx, dy in passes:
        columns, rows = -(-(width - x0) // dx), -(-(height - y0) // dy)
        if columns > 0 and rows > 0:
            stride = (columns * channels * depth + 7) // 8
            for row in range(rows):
                data += bytes([0 if color_type == 3 else row % 5]) + rng.integers(0, 256, stride, np.uint8).tobytes()
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced)))
    out += chunk(b"PLTE", palette) if palette else b""
    out += chunk(b"tRNS", transparency) if transparency else b""
    out += chunk(b"IDAT", zlib.compress(data, 9))
    out += chunk(b"eXIf", exif) if exif else b""
    return out + chunk(b"IEND", b"")


def saved(array, mode, kind, **options):
    file = io.BytesIO()
    Image.fromarray(array, mode).save(file, kind, **options)
    return file.getvalue()


def exif_block(orientation):
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)


def with_exif(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif.tobytes()


def pictures():
    palette = rng.integers(0, 256, 48, np.uint8).tobytes()
    grey, color, inks = photo(61, 47, 1)[..., 0], photo(61, 47, 3), photo(61, 47, 4)
    large = photo(233, 150, 3)
    yield "rgb_444.jpg", saved(color, "RGB", "JPEG", quality=90, subsampling=0)
    yield "rgb_422.jpg", saved(color, "RGB", "JPEG", quality=75, subsampling=1)
    yield "rgb_420.jpg", saved(large, "RGB", "JPEG", quality=80, subsampling=2)
    yield "rgb_420_progressive.jpg", saved(large, "RGB", "JPEG", quality=60, subsampling=2, progressive=True)
    yield "rgb_restart.jpg", saved(color, "RGB", "JPEG", quality=50, restart_marker_blocks=3)
    yield "grey.jpg", saved(grey, "L", "JPEG", quality=85)
    yield "cmyk.jpg", saved(inks, "CMYK", "JPEG", quality=85)
    for orientation in (3, 6, 7):
        data = saved(color, "RGB", "JPEG", quality=70, exif=with_exif(orientation))
        yield f"rgb_orientation_{orientation}.jpg", data
    yield "rgb.png", saved(color, "RGB", "PNG")
    yield "rgba.png", saved(photo(40, 52, 4), "RGBA", "PNG")
    yield "grey_1.png", raw_png(19, 7, 1, 0)
    yield "grey_2_key.png", raw_png(19, 7, 2, 0, transparency=b"\0\0")
    yield "grey_4.png", raw_png(19, 7, 4, 0, interlaced=True)
    yield "grey_8_key.png", raw_png(64, 9, 8, 0, transparency=b"\0\x40")
    yield "grey_16.png", raw_png(19, 7, 16, 0)
    yield "grey_alpha.png", raw_png(19, 7, 8, 4, interlaced=True)
    yield "grey_alpha_16.png", raw_png(19, 7, 16, 4)
    yield "palette_4.png", raw_png(19, 7, 4, 3, palette)
    yield "palette_4_alpha.png", raw_png(19, 7, 4, 3, palette, transparency=bytes(range(0, 250, 25)))
    yield "palette_2_orientation.png", raw_png(19, 7, 2, 3, palette[:12], exif=exif_block(8))
    yield "rgb_interlaced.png", raw_png(23, 17, 8, 2, interlaced=True)
    yield "rgb_16.png", raw_png(19, 7, 16, 2)
    yield "rgba_16.png", raw_png(19, 7, 16, 6)

    yield from webp_pictures()
    yield from gif_pictures()
    yield from bmp_pictures()
    yield from animated_png_pictures()
    yield from tagged_pictures()


def webp_chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp_animation(canvas, alpha, frames):
    """Frames [(x, y, picture file)] on a canvas (width, height) whose background colour nobody shows."""
    three = lambda value: struct.pack("<I", value)[:3]
    body = webp_chunk(b"VP8X", bytes([2 | alpha << 4, 0, 0, 0]) + three(canvas[0] - 1) + three(canvas[1] - 1))
    body += webp_chunk(b"ANIM", b"\x20\x40\x80\xff\0\0")
    for x, y, file in frames:
        width, height = Image.open(io.BytesIO(file)).size
        chunks, at = b"", 12
        while at < len(file):
            end = at + 8 + int.from_bytes(file[at + 4:at + 8], "little")
            end += end % 2
            chunks += b"" if file[at:at + 4] == b"VP8X" else file[at:end]
            at = end
        place = three(x // 2) + three(y // 2) + three(width - 1) + three(height - 1) + three(100)
        body += webp_chunk(b"ANMF", place + b"\0" + chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_pictures():
    color, clear, flat = photo(61, 47, 3), photo(40, 33, 4), photo(35, 28, 3) // 80 * 80
    lossy = saved(color, "RGB", "WEBP", quality=80)
    lossy_alpha = saved(clear, "RGBA", "WEBP", quality=60, alpha_quality=70)
    lossless = saved(color[:20, :25], "RGB", "WEBP", lossless=True)
    lossless_alpha = saved(clear[:20, :25], "RGBA", "WEBP", lossless=True, exact=True)
    yield "lossy.webp", lossy
    yield "lossy_alpha.webp", lossy_alpha
    yield "lossy_low.webp", saved(photo(97, 66, 3), "RGB", "WEBP", quality=5)
    yield "lossless.webp", lossless
    yield "lossless_alpha.webp", lossless_alpha
    yield "lossless_palette.webp", saved(flat, "RGB", "WEBP", lossless=True)
    yield "orientation_6.webp", saved(color, "RGB", "WEBP", quality=40, exif=with_exif(6))
    yield "animated.webp", webp_animation((70, 60), False, [(4, 6, lossy), (0, 0, lossless)])
    yield "animated_alpha.webp", webp_animation((44, 40), True, [(2, 4, lossy_alpha), (0, 0, lossless_alpha)])
    yield "animated_lossless.webp", webp_animation((25, 20), True, [(0, 0, lossless_alpha), (0, 0, lossless)])
    # The embedded model's example, for the test of the whole server.
    example = Image.open(HERE / "../../../checkpoints/limbus-sketch/examples/cat.png").convert("RGB")
    yield "example.webp", saved(np.asarray(example), "RGB", "WEBP", lossless=True, method=6)


def gif_pictures():
    def palette_picture(width, height, colors):
        image = Image.fromarray(rng.integers(0, colors, (height, width), np.uint8) // 3, "P")
        image.putpalette(rng.integers(0, 256, 3 * colors, np.uint8).tobytes())
        return image

    def gif(image, **options):
        file = io.BytesIO()
        image.save(file, "GIF", optimize=False, **options)
        return file.getvalue()

    def moved(file, screen, place):
        """The same frame at another place of another screen."""
        size = file[6:10]
        at = file.index(b"," + bytes(4) + size)
        return file[:6] + struct.pack("<HH", *screen) + file[10:at + 1] + struct.pack("<HH", *place) + file[at + 5:]

    yield "palette.gif", gif(palette_picture(31, 23, 64), interlace=0)
    yield "interlaced.gif", gif(palette_picture(31, 23, 200), interlace=1)
    yield "transparent.gif", gif(palette_picture(29, 21, 12), transparency=2)
    yield "grey.gif", gif(Image.fromarray(photo(31, 23, 1)[..., 0], "L"))
    yield "small_frame.gif", moved(gif(palette_picture(17, 11, 12)), (30, 20), (5, 6))
    yield "small_frame_transparent.gif", moved(gif(palette_picture(17, 11, 12), transparency=3), (30, 20), (5, 6))
    yield "large_frame.gif", moved(gif(palette_picture(17, 11, 12)), (9, 9), (2, 1))
    frames = [palette_picture(19, 13, 16) for _ in range(3)]
    yield "animated.gif", gif(frames[0], save_all=True, append_images=frames[1:], disposal=2, transparency=1)


def bmp_pictures():
    width, height = 19, 7

    def bmp(bits, compression=0, colors=0, masks=b"", header=40, data=None, top_down=False, grey=False):
        entry = 3 if header == 12 else 4
        count = (colors or 1 << bits) if bits <= 8 else 0
        palette = rng.integers(0, 256, (count, entry), np.uint8)
        if grey:
            palette[:, :3] = np.arange(count)[:, None]
        if header == 12:
            info = struct.pack("<IHHHH", 12, width, height, 1, bits)
        else:
            signed = -height if top_down else height
            info = struct.pack("<IiiHHIIiiII", 40, width, signed, 1, bits, compression, 0, 2835, 2835, colors, 0)
            info = (struct.pack("<I", header) + info[4:] + masks).ljust(header, b"\0")
        if data is None:
            data = rng.integers(0, 256, (width * bits + 31) // 32 * 4 * height, np.uint8).tobytes()
        start = 14 + len(info) + palette.size
        return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + palette.tobytes() + data

    def masks(*values):
        return struct.pack(f"<{len(values)}I", *values)

    runs8 = b"\x05\x11\x00\x03\x21\x22\x23\0\x0b\x31\0\0" * 3 + b"\0\x02\x04\x01\x0f\x07\0\0" + b"\x13\x44\0\0" * 3
    runs4 = b"\x05\x12\x00\x05\x34\x56\x70\0\x09\x9a\0\0" * 3 + b"\0\x02\x04\x01\x0f\x7c\0\0" + b"\x13\x4d\0\0" * 3
    yield "1.bmp", bmp(1)
    yield "4.bmp", bmp(4, colors=11)
    yield "8.bmp", bmp(8, colors=200)
    yield "8_grey.bmp", bmp(8, grey=True)
    yield "8_runs.bmp", bmp(8, compression=1, colors=100, data=runs8 + b"\0\1")
    yield "4_runs.bmp", bmp(4, compression=2, data=runs4 + b"\0\1")
    yield "16.bmp", bmp(16)
    yield "16_565.bmp", bmp(16, compression=3, masks=masks(0xF800, 0x7E0, 0x1F))
    yield "24.bmp", bmp(24)
    yield "24_top_down.bmp", bmp(24, top_down=True)
    yield "32.bmp", bmp(32)
    yield "32_alpha.bmp", bmp(32, compression=3, header=124, masks=masks(0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    yield "os2_8.bmp", bmp(8, header=12)


def animated_png_pictures():
    """Whose first picture fills a part of the canvas, and whose default image is no part of the animation."""
    levels = np.add.outer(9 * np.arange(7), 5 * np.arange(11)).astype(np.uint8)

    def stream(width, height):
        return zlib.compress(b"".join(b"\0" + row[:width].tobytes() for row in levels[:height]))

    def control(sequence, width, height, x, y):
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, x, y, 1, 10, 0, 0))

    def picture(*parts):
        begin = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 11, 7, 8, 0, 0, 0, 0))
        return begin + chunk(b"tRNS", b"\0\0") + chunk(b"acTL", struct.pack(">II", 2, 0)) + b"".join(parts) + chunk(b"IEND", b"")

    small, whole = stream(6, 4), stream(11, 7)
    second = control(1, 11, 7, 0, 0), chunk(b"fdAT", struct.pack(">I", 2) + whole)
    yield "animated_small_first.png", picture(control(0, 6, 4, 3, 2), chunk(b"IDAT", small), *second)
    alone = control(0, 6, 4, 3, 2), chunk(b"fdAT", struct.pack(">I", 1) + small)
    yield "animated_default.png", picture(chunk(b"IDAT", whole), *alone)
    yield "animated_no_default.png", picture(*alone)


def tagged_pictures():
    """Orientations outside of an EXIF block of its own."""
    color = np.add.outer(np.add.outer(7 * np.arange(13), 11 * np.arange(18)), [0, 60, 120]).astype(np.uint8)
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    yield "xmp_orientation_6.jpg", saved(color, "RGB", "JPEG", quality=80, xmp=xmp)
    yield "xmp_orientation_6.webp", saved(color, "RGB", "WEBP", quality=80, xmp=xmp)
    png = saved(color, "RGB", "PNG")
    element = b"<tiff:Orientation>8</tiff:Orientation>"
    packet = chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(element))
    yield "xmp_orientation_8.png", png[:33] + packet + png[33:]
    profile = b"\nexif\n      26\n" + exif_block(5).hex().encode() + b"\n"
    yield "profile_orientation_5.png", png[:33] + chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)) + png[33:]


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return ImageOps.exif_transpose(image)


def on_white(image):
    """Pasted onto white by its alpha channel; what has none is only converted."""
    has_alpha = image.mode in ("RGBA", "LA") or "transparency" in image.info
    if not has_alpha:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


# --- resize and processors ------------------------------------------------------------------------------------------

def pattern(width, height):
    """The same formula stands in the test."""
    y, x, c = np.mgrid[:height, :width, :3]
    return ((x * x * 31 + y * 57 + x * y * 13 + c * 97) // 2 % 256).astype(np.uint8)


SIZES = [
    (1, 1, 9, 7), (1, 1, 1, 4), (2, 2, 2, 2), (5, 3, 5, 11), (5, 3, 11, 3), (7, 9, 3, 4), (16, 16, 15, 17), (17, 5, 8, 8),
    (33, 1, 4, 4), (1, 33, 4, 4), (64, 48, 28, 28), (64, 48, 63, 47), (100, 20, 21, 100), (333, 7, 10, 90),
    (7, 333, 90, 10), (40, 40, 200, 120), (255, 129, 128, 255), (1000, 3, 2, 3), (3, 1000, 3, 2), (320, 240, 336, 336),
    (511, 383, 224, 168), (640, 360, 31, 17), (30, 20, 31, 20), (30, 20, 30, 21), (900, 700, 336, 261),
]

CONFIGS = [
    CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}),
    CLIPImageProcessor(size={"shortest_edge": 40}, crop_size={"height": 56, "width": 30}, resample=2),
    CLIPImageProcessor(size={"height": 25, "width": 35}, do_center_crop=False, do_normalize=False),
    SiglipImageProcessor(size={"height": 32, "width": 32}),
    SiglipImageProcessor(size={"height": 30, "width": 44}, resample=2, do_rescale=False, image_mean=[100, 110, 120]),
    LlavaImageProcessor(do_pad=True, size={"shortest_edge": 36}, crop_size={"height": 36, "width": 36}),
]


def main():
    for ending in ("png", "jpg", "webp", "gif", "bmp"):
        for old in HERE.glob(f"*.{ending}"):
            old.unlink()
    files = {}
    for name, data in pictures():
        (HERE / name).write_bytes(data)
        image = opened(data)
        white, dropped = on_white(image), image.convert("RGB")
        files[name] = {"width": image.width, "height": image.height, "white": sha(white), "drop": sha(dropped)}
        frames = getattr(Image.open(io.BytesIO(data)), "n_frames", 1)
        if frames > 1:
            files[name]["frames"] = frames

    resizes = []
    for width, height, to_width, to_height in SIZES:
        pixels = torch.from_numpy(pattern(width, height)).permute(2, 0, 1).contiguous()
        for name, mode in FILTERS.items():
            result = F.resize(pixels, [to_height, to_width], interpolation=mode, antialias=True)
            digest = sha(result.permute(1, 2, 0).contiguous().numpy())
            resizes.append([width, height, to_width, to_height, name, digest])

    processors = []
    for processor in CONFIGS:
        config = json.loads(processor.to_json_string())
        outputs = {}
        # Of the other formats the pixels say all.
        for name in [name for name in files if name.endswith(("png", "jpg"))]:
            image = on_white(opened((HERE / name).read_bytes()))
            values = processor(images=image, return_tensors="np")["pixel_values"][0]
            middle = values[:, values.shape[1] // 2].astype("<f4")
            outputs[name] = {
                "shape": list(values.shape),
                "sha256": sha(values),
                "middle_rows": base64.b64encode(middle[:, :8].tobytes()).decode(),
            }
        processors.append({"config": config, "outputs": outputs})

    versions = {m.__name__: m.__version__ for m in (PIL, torch, torchvision, transformers)}
    goldens = {"versions": versions, "files": files, "resizes": resizes, "processors": processors}
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")


main()
