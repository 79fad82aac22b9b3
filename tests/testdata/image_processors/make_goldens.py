"""What transformers makes of pictures with many settings of every picture processor that Limbus knows.

    python make_goldens.py        # writes goldens.json beside this file

Needs numpy, pillow, torch, torchvision and transformers; the versions used are written into goldens.json. Drawn pictures are
named by their width and height, files by their name in ../image. A tensor is its type, its shape and the first 16 digits of
the SHA-256 of its bytes.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
import transformers
from PIL import Image, ImageOps
from transformers.image_transforms import convert_to_rgb

import oracle
from settings_space import SPACES, random_settings

HERE = Path(__file__).parent
FILES = HERE.parent / "image"

# Upright, wide, tall, of one pixel, as high as a patch; batches of one size and of several.
BATCHES = [
    [(1, 1)], [(3, 200)], [(200, 3)], [(97, 89)], [(64, 48)], [(16, 31)], [(64, 48), (64, 48)], [(30, 61), (61, 30), (7, 5)],
]

HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
STEPS = {"do_rescale": True, "do_normalize": True, "do_resize": True, "rescale_factor": 0.00392156862745098}
# In the form that checkpoints of the families have, older and newer.
FORMS = [
    {"image_processor_type": "Qwen2VLImageProcessorFast", "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2, **HALF,
     "size": {"longest_edge": 16777216, "shortest_edge": 65536}, "processor_class": "Qwen3VLProcessor"},
    {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, **CLIP,
     "temporal_patch_size": 2, "merge_size": 2, "size": {"max_pixels": 12845056, "min_pixels": 3136}, **STEPS, "resample": 3,
     "do_convert_rgb": True},
    {"image_processor_type": "GotOcr2ImageProcessorFast", "crop_to_patches": False, "crop_size": None, "max_patches": 12,
     "min_patches": 1, "size": {"height": 448, "width": 448}, "image_mean": [0.485, 0.456, 0.406], "resample": 3, **STEPS,
     "image_std": [0.229, 0.224, 0.225], "data_format": "channels_first", "default_to_square": True, "do_center_crop": None},
    {"image_processor_type": "GotOcr2ImageProcessor", "crop_to_patches": True, "size": {"height": 64, "width": 64}, **CLIP},
    {"image_processor_type": "SiglipImageProcessor", "size": {"height": 224, "width": 224}, "resample": 3, **HALF, **STEPS,
     "image_seq_length": 256, "do_convert_rgb": None, "processor_class": "PaliGemmaProcessor"},
    {"image_processor_type": "Siglip2ImageProcessorFast", "patch_size": 16, "max_num_patches": 256, "resample": 2, **HALF,
     **STEPS, "default_to_square": True, "disable_grouping": None},
    {"image_processor_type": "LlavaOnevisionImageProcessor", "do_pad": True, "size": {"height": 96, "width": 96}, **HALF,
     **STEPS, "image_grid_pinpoints": [[96 * a, 96 * b] for a in range(1, 7) for b in range(1, 7)], "resample": 3},
    {"image_processor_type": "SmolVLMImageProcessor", "do_image_splitting": True, "max_image_size": {"longest_edge": 64},
     "size": {"longest_edge": 256}, "do_pad": True, "resample": 1, **HALF, **STEPS, "return_row_col_info": True,
     "video_sampling": {"fps": 1, "max_frames": 64}},
    {"image_processor_type": "PixtralImageProcessorFast", "size": {"longest_edge": 1540}, "patch_size": 28, **CLIP, **STEPS,
     "resample": 3, "spatial_merge_size": 2},
    {"image_processor_type": "MllamaImageProcessor", "max_image_tiles": 4, "size": {"height": 56, "width": 56}, **CLIP, **STEPS,
     "do_pad": True, "resample": 2},
    {"image_processor_type": "BlipImageProcessor", "do_pad": False, "size": {"height": 224, "width": 224}, **CLIP, **STEPS},
    {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "do_normalize": True, "do_resize": True, **HALF,
     "resample": 2},
    {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224},
     "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "do_center_crop": True},
]

# Nearest pixels that lie just between two, in results that PyTorch makes with one kernel and with the other.
TIES = [
    ({"image_processor_type": "ViTImageProcessor", "size": {"height": 4, "width": 123}, "resample": 0}, (6, 4)),
    ({"image_processor_type": "ViTImageProcessor", "size": {"height": 55, "width": 165}, "resample": 0}, (6, 2)),
    ({"image_processor_type": "ViTImageProcessor", "size": {"height": 141, "width": 83}, "resample": 0}, (2, 2)),
]

# Files of every colour type and depth, transparency on white, as for a Pillow picture; and those that transformers opens by
# their path, transparency left out.
PICTURES = [
    "rgba.png", "rgba_16.png", "grey_alpha.png", "grey_16.png", "grey_1.png", "rgb_16.png", "palette_4_alpha.png", "cmyk.jpg",
    "rgb_orientation_6.jpg", "lossy_alpha.webp", "animated_alpha.webp", "interlaced.gif", "16_565.bmp",
]
OPENED = ["rgba.png", "grey_alpha.png", "lossy_alpha.webp", "rgb_420.jpg", "rgb_orientation_6.jpg", "interlaced.gif"]
FILE_FORMS = [
    {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 30}, "crop_size": 28},
    {"image_processor_type": "Siglip2ImageProcessor", "patch_size": 8, "max_num_patches": 40},
    {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 3136, "max_pixels": 6272, "patch_size": 14},
]


def golden(array):
    digest = hashlib.sha256(array.tobytes()).hexdigest()[:16]
    return [str(array.dtype), list(array.shape), digest]


def outputs_of(settings, images):
    return {key: golden(array) for key, array in oracle.run(settings, images).items()}


def case_of(settings, sizes):
    try:
        return [{"pictures": sizes, "outputs": outputs_of(settings, [Image.fromarray(oracle.pattern(*s)) for s in sizes])}]
    except (TypeError, ValueError, RuntimeError):  # pictures that this class cannot stack, or torch cannot resize
        return []


def four_settings(name):
    """Drawn for this class alone: another class in the space leaves them as they are."""
    rng = np.random.default_rng([2026, *name.encode()])
    return [random_settings(rng, name) for _ in range(4)]


def opened(name):
    return convert_to_rgb(ImageOps.exif_transpose(Image.open(FILES / name)))


def main():
    settings = FORMS + [one for name in sorted(SPACES) for one in four_settings(name)]
    drawn = [{"config": one, "cases": [case for sizes in BATCHES for case in case_of(one, sizes)]} for one in settings]
    drawn += [{"config": one, "cases": case_of(one, [size])} for one, size in TIES]
    files = [
        {"config": one, "cases": [
            {"pictures": [name], "alpha": alpha, "outputs": outputs_of(one, [image])}
            for alpha, name, image in [("white", name, opened(name)) for name in PICTURES]
            + [("drop", name, str(FILES / name)) for name in OPENED]
        ]} for one in FILE_FORMS
    ]
    versions = {m.__name__: m.__version__ for m in (PIL, torch, torchvision, transformers)}
    goldens = {"versions": versions, "processors": drawn + files}
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")).replace('{"config"', '\n{"config"') + "\n")


main()
