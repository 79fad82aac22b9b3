"""Damage to JPEG files, as edits, and what Pillow makes of them."""

import io

from PIL import Image, ImageOps


def scan_of(data):
    """Where the first scan begins."""
    at = data.index(b"\xff\xda") + 2
    return at + int.from_bytes(data[at:at + 2], "big")


def markers_of(data, codes):
    return [at for at in range(scan_of(data), len(data) - 1) if data[at] == 255 and data[at + 1] in codes]


def edits_of(data, rng):
    """Edits `(place, bytes taken away, bytes put there)`, one behind the other, each of the file that the last one left."""

    def below(n):
        return int(rng.integers(n))

    def some(n):
        return rng.integers(0, 256, 1 + below(n), dtype="u1").tobytes()

    scan = scan_of(data)
    at = scan + below(len(data) - scan)
    kind = below(11)
    if kind == 0:
        places = [scan + below(len(data) - scan) for _ in range(1 + below(12))]
        return [(place, 1, bytes([data[place] ^ 1 << below(8)])) for place in sorted(set(places))]
    if kind == 1:
        return [(at, 1 + below(30), b"")]
    if kind == 2:
        return [(at, 0, some(12))]
    if kind == 3:
        # The rest is missing, the end is not.
        return [(at, len(data) - at, b"\xff\xd9")]
    if kind == 4:
        at = 2 + below(scan - 2)
        return [(at, 1, bytes([data[at] ^ 1 << below(8)]))]
    if kind == 5:
        # Another restart marker than the one that should follow.
        places = markers_of(data, range(0xD0, 0xD8)) or [at]
        return [(places[below(len(places))], 2, bytes([255, 0xD0 + below(8)]))]
    if kind == 6:
        places = markers_of(data, range(0xD0, 0xD8)) or [at]
        first, last = sorted(places[below(len(places))] for _ in range(2))
        return [(first, last - first or 2, b"")]
    if kind == 7:
        # A scan or its tables are missing, or all from there on.
        places = [*markers_of(data, (0xDA, 0xC4)), len(data) - 2]
        first = below(len(places))
        last = len(places) - 1 if below(2) else min(first + 1, len(places) - 1)
        return [(places[first], places[last] - places[first], b"")]
    if kind == 8:
        return [(at, len(data[at:at + 200]), bytes(len(data[at:at + 200])))]
    if kind == 9:
        return [(at, 0, data[at:at + 1 + below(300)])]
    return [(at, 0, bytes([255, 0xC0 + below(64)]))]


def edited(data, edits):
    for place, taken, put in edits:
        data = data[:place] + put + data[place + taken:]
    return data


def is_exempt(data):
    """The two cases that `crates/media/src/jpeg.rs` names."""
    scan = data.find(b"\xff\xda")
    return scan < 0 or b"\xff\xff\0" in data[scan:] or b"\xff\xd9" not in data[scan:]


def shown(data):
    """What Pillow shows, upright; `None` for what it refuses."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        return ImageOps.exif_transpose(image).convert("RGB") if image.format in ("JPEG", "MPO") else None
    except Exception:  # Damaged headers make Pillow raise nearly anything.
        return None
