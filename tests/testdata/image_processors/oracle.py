"""What transformers makes of pictures with the settings of a file, loaded as a checkpoint's is."""

import functools
import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from transformers import AutoImageProcessor, logging

logging.set_verbosity_error()


@functools.lru_cache(maxsize=4)
def load(file):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "preprocessor_config.json").write_text(file)
        return AutoImageProcessor.from_pretrained(folder)


def run(settings, images):
    """Key to array, each contiguous; one picture per prompt."""
    outputs = load(json.dumps(settings))(images, return_tensors="pt")
    if isinstance(outputs, torch.Tensor):  # Idefics gives the pixels alone
        outputs = {"pixel_values": outputs}
    return {key: np.ascontiguousarray(torch.as_tensor(value).numpy()) for key, value in outputs.items()}


def pattern(width, height):
    """The same formula stands in the tests' kit."""
    y, x, c = np.mgrid[:height, :width, :3]
    return ((x * x * 31 + y * 57 + x * y * 13 + c * 97) // 2 % 256).astype(np.uint8)
