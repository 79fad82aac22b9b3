"""What the picture processors that cut pictures into tiles or crops give in transformers.

    python make_goldens.py        # writes goldens.json beside this file

Needs numpy, pillow, torch, torchvision and transformers; the versions used are written into goldens.json.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import transformers
from PIL import Image
from transformers import Gemma3ImageProcessor, Idefics3ImageProcessor, SmolVLMImageProcessor

HERE = Path(__file__).parent
GEMMA3 = {"do_convert_rgb": True, "do_pan_and_scan": False, "pan_and_scan_min_crop_size": 256,
          "pan_and_scan_max_num_crops": 4, "pan_and_scan_min_ratio_to_activate": 1.2}  # what Gemma3Processor sets
PAN = {**GEMMA3, "do_pan_and_scan": True}

SIZES = [(1, 1), (1, 90), (90, 1), (7, 5), (28, 28), (29, 28), (30, 61), (61, 30), (64, 48), (100, 20), (3, 400), (97, 89)]
PROCESSORS = [
    (Idefics3ImageProcessor(size={"longest_edge": 84}, max_image_size={"longest_edge": 28}), {}),
    (SmolVLMImageProcessor(size={"longest_edge": 100}, max_image_size={"longest_edge": 36}, resample=3), {}),
    (SmolVLMImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=False), {}),
    (Idefics3ImageProcessor(do_resize=False, max_image_size={"longest_edge": 40}, do_pad=False), {}),
    (Idefics3ImageProcessor(size={"height": 50, "width": 30}, max_image_size={"longest_edge": 25}, resample=2), {}),
    (Gemma3ImageProcessor(size={"height": 28, "width": 28}), GEMMA3),
    (Gemma3ImageProcessor(size={"height": 24, "width": 30}, resample=3), {**PAN, "pan_and_scan_min_crop_size": 4}),
    (Gemma3ImageProcessor(size={"height": 28, "width": 28}),
     {**PAN, "pan_and_scan_min_crop_size": 20, "pan_and_scan_max_num_crops": 3, "pan_and_scan_min_ratio_to_activate": 2.0}),
]

# Grids alone, of sizes at which drawing pictures would take long.
GRID_SIZES = [
    (1, 1), (640, 480), (480, 640), (1300, 876), (876, 1300), (1344, 1344), (4000, 3000), (5000, 100), (100, 5000), (3, 2000),
    (512, 512), (513, 512), (365, 364), (364, 364), (2048, 2047), (1920, 1080), (1080, 1920), (999, 1000), (17, 9000),
]
GRIDS = [
    Idefics3ImageProcessor(),
    Idefics3ImageProcessor(size={"longest_edge": 5 * 364}),
    SmolVLMImageProcessor(size={"longest_edge": 2048}, max_image_size={"longest_edge": 512}),
    SmolVLMImageProcessor(size={"longest_edge": 1536}, max_image_size={"longest_edge": 384}),
    Idefics3ImageProcessor(size={"longest_edge": 5000}, max_image_size={"longest_edge": 1000}),
]


def pattern(width, height):
    """The same formula stands in the tests' kit."""
    y, x, c = np.mgrid[:height, :width, :3]
    return ((x * x * 31 + y * 57 + x * y * 13 + c * 97) // 2 % 256).astype(np.uint8)


def as_array(value):
    return torch.as_tensor(np.asarray(value)).numpy() if not isinstance(value, torch.Tensor) else value.numpy()


def outputs_of(processor, sizes, kwargs):
    images = [Image.fromarray(pattern(*size)) for size in sizes]
    result = {}
    for key, value in processor(images, return_tensors="pt", **kwargs).items():
        array = np.ascontiguousarray(as_array(value))
        result[key] = {"dims": list(array.shape), "type": str(array.dtype), "sha256": hashlib.sha256(array.tobytes()).hexdigest()}
    return result


def main():
    processors = []
    for processor, kwargs in PROCESSORS:
        config = {**json.loads(processor.to_json_string()), **kwargs}
        cases = []
        for sizes in [[size] for size in SIZES] + [SIZES[6:10]]:
            # Pictures of one tile and of several can be one batch as well: tiles are what is stacked.
            extra = {"return_row_col_info": True} if "max_image_size" in config else {}
            cases.append({"sizes": sizes, "outputs": outputs_of(processor, sizes, {**kwargs, **extra})})
        processors.append({"config": {**config, **extra}, "cases": cases})
    grids = []
    for processor in GRIDS:
        # A grey line as large as the picture takes no time to draw; only its shape counts.
        cases = []
        for width, height in GRID_SIZES:
            image = torch.zeros((3, height, width), dtype=torch.uint8)
            done = processor(image, return_row_col_info=True, return_tensors=None, resample=0)
            cases.append([width, height, done["rows"][0][0], done["cols"][0][0]])
        grids.append({"config": json.loads(processor.to_json_string()), "cases": cases})
    versions = {m.__name__: m.__version__ for m in (PIL, torch, torchvision, transformers)}
    goldens = {"versions": versions, "processors": processors, "grids": grids}
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


main()
