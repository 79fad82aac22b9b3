"""Compares Limbus' picture processors with transformers' on random settings and pictures.

    python differential.py [cases] [seed] [class ...]

Needs numpy, pillow, torch, torchvision, transformers and deno. Fails if a key, type, shape or integer differs, or a float by
more than 1e-5. Where transformers alone raises, its messages are listed at the end.
"""

import base64
import collections
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import oracle
from settings_space import SPACES, random_settings

HERE = Path(__file__).parent


def random_picture(rng):
    shape = rng.random()
    if shape < 0.2:
        width, height = rng.integers(1, 9, 2)
    elif shape < 0.35:
        width, height = rng.integers(1, 6), rng.integers(100, 400)
    elif shape < 0.5:
        width, height = rng.integers(100, 400), rng.integers(1, 6)
    else:
        width, height = rng.integers(1, 220, 2)
    if rng.random() < 0.3:
        return oracle.pattern(width, height)
    if rng.random() < 0.5:
        return rng.integers(0, 256, (height, width, 3), np.uint8)
    y, x = np.mgrid[:height, :width]
    planes = [128 + 127 * np.sin(x / rng.uniform(1, 40) + y / rng.uniform(1, 40)) for _ in range(3)]
    return np.stack(planes, -1).astype(np.uint8)


def random_pictures(rng):
    pictures = [random_picture(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    # Batches of pictures of one size never fail to stack.
    return [pictures[0]] * len(pictures) if rng.random() < 0.3 else pictures


def as_png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return base64.b64encode(file.getvalue()).decode()


def compare(expected, found):
    """Largest difference of floats; raises AssertionError where something else differs."""
    assert sorted(expected) == sorted(found), f"keys {sorted(expected)}: found {sorted(found)}"
    largest = 0.0
    for key, array in expected.items():
        tensor = found[key]
        assert (str(array.dtype), list(array.shape)) == (tensor["type"], tensor["dims"]), \
            f"{key} {array.dtype} {list(array.shape)}: found {tensor['type']} {tensor['dims']}"
        values = np.frombuffer(base64.b64decode(tensor["data"]), array.dtype).reshape(array.shape)
        if array.dtype == np.float32:
            difference = float(np.abs(values.astype(np.float64) - array).max(initial=0))
            assert difference <= 1e-5 * max(1.0, float(np.abs(array).max(initial=0))), f"{key}: difference {difference}"
            largest = max(largest, difference)
        else:
            assert np.array_equal(values, array), f"{key} {array.tolist()}: found {values.tolist()}"
    return largest


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    names = sys.argv[3:] or sorted(SPACES)
    limbus = subprocess.Popen(
        ["deno", "run", "-A", str(HERE / "process_cases.ts")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    tally = {name: collections.Counter() for name in names}
    largest = collections.defaultdict(float)
    lenient, failures = collections.Counter(), 0
    for i in range(count):
        name = names[i % len(names)]
        settings, pictures = random_settings(rng, name), random_pictures(rng)
        limbus.stdin.write(json.dumps({"settings": settings, "pictures": [as_png(p) for p in pictures]}) + "\n")
        limbus.stdin.flush()
        found = json.loads(limbus.stdout.readline())
        if "tooLarge" in found:
            tally[name]["over the limit"] += 1
            continue
        try:
            expected = oracle.run(settings, [Image.fromarray(p) for p in pictures])
        except Exception as error:
            both = "error" in found
            tally[name]["both raise" if both else "only transformers raises"] += 1
            if not both:
                lenient[f"{name}: {type(error).__name__}: {str(error)[:110]}"] += 1
            continue
        try:
            assert "error" not in found, found.get("error")
            largest[name] = max(largest[name], compare(expected, found["outputs"]))
            tally[name]["equal"] += 1
        except AssertionError as error:
            failures += 1
            tally[name]["different"] += 1
            if failures <= 20:
                print(f"{name} {[p.shape[1::-1] for p in pictures]} {json.dumps(settings)}\n    {str(error)[:300]}")
    limbus.stdin.close()
    limbus.wait()
    for name in names:
        print(f"{name:32} {dict(tally[name])}, largest difference {largest[name]:.1e}")
    for line, times in lenient.most_common(30):
        print(f"only transformers raises, {times} times: {line}")
    print(f"{sum(t['equal'] for t in tally.values())} equal, {failures} different")
    sys.exit(failures > 0)


main()
