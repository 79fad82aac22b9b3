"""Times transformers' processors; called by processing.ts, prints one JSON object of milliseconds by name.

    python processing.py CASES.json FOLDER RUNS THREADS

Writes the picture and the sound into FOLDER if they are not there yet.
"""

import json
import sys
import time
import wave
from pathlib import Path
from statistics import median

import numpy as np
import torch
import transformers
from PIL import Image

cases, folder, runs, threads = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), *map(int, sys.argv[3:])
torch.set_num_threads(threads)


def make_files():
    rng = np.random.default_rng(1)
    smooth = Image.fromarray(rng.integers(0, 256, (44, 65, 3), dtype=np.uint8)).resize((1300, 876), Image.BICUBIC)
    smooth.save(folder / "picture.jpg", quality=90)
    sound = (rng.standard_normal(16000 * 20).cumsum() % 2 - 1) * 8000
    with wave.open(str(folder / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(sound.astype("<i2").tobytes())


def picture():
    image = transformers.image_utils.load_image(str(folder / "picture.jpg"))
    return image.convert("RGB")


def sound():
    with wave.open(str(folder / "sound.wav"), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


if not (folder / "picture.jpg").exists():
    make_files()
found = {}
for name, config in cases.items():
    kind = config.get("image_processor_type") or config["feature_extractor_type"]
    processor = getattr(transformers, kind)(**{key: value for key, value in config.items() if not key.endswith("_type")})
    if "image_processor_type" in config:
        work = lambda: processor(images=[picture()], return_tensors="pt")  # noqa: E731
    else:
        work = lambda: processor([sound()], sampling_rate=16000, return_tensors="pt")  # noqa: E731
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    found[name] = median(times[2:]) * 1000
print(json.dumps(found))
