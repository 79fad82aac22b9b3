"""Random settings of every picture processor that Limbus knows, within what its class in transformers accepts.

`random_settings(rng, name)` gives what could stand in a preprocessor_config.json; both scripts beside this file draw from it.
"""

HALF, WHOLE = [0.5, 0.5, 0.5], [0.48145466, 0.4578275, 0.40821073]


def chance(rng, share):
    return rng.random() < share


def extent(rng, most=96):
    return int(rng.integers(1, most + 1))


def two_sides(rng, most=96):
    height, width = extent(rng, most), extent(rng, most)
    return [
        {"height": height, "width": width}, {"width": width, "height": height}, [height, width],
    ][rng.integers(3)]


def any_size(rng):
    """Everything that the common resize takes."""
    edge = extent(rng)
    return [
        two_sides(rng), edge, {"shortest_edge": edge}, {"shortest_edge": edge, "longest_edge": extent(rng, 160)},
        {"max_height": extent(rng), "max_width": extent(rng)},
    ][rng.integers(5)]


def statistics(rng):
    def numbers(low, high):
        triple = [round(float(x), int(rng.integers(1, 9))) for x in rng.uniform(low, high, 3)]
        return [triple, HALF, WHOLE, triple[0], [triple[0]]][rng.integers(5)]
    return {"image_mean": numbers(0, 1), "image_std": numbers(0.2, 1)}


def common(rng, resizes=True):
    out = {}
    if chance(rng, 0.7):
        out["resample"] = int(rng.choice([0, 1, 2, 3], p=[0.1, 0.2, 0.3, 0.4]))
    if chance(rng, 0.4):
        out |= statistics(rng)
    if chance(rng, 0.3):
        out["rescale_factor"] = [1 / 255, 0.00392156862745098, 1 / 127.5, 0.0078, 1.0][rng.integers(5)]
    if chance(rng, 0.1):
        out["do_normalize"] = [False, None][rng.integers(2)]
    elif chance(rng, 0.1):
        out["do_rescale"] = [False, None][rng.integers(2)]
    if resizes and chance(rng, 0.1):
        out["do_resize"] = [False, None][rng.integers(2)]
    # What is known to change nothing, and what no class knows.
    noise = {
        "do_convert_rgb": [True, None][rng.integers(2)], "data_format": "channels_first", "input_data_format": None,
        "processor_class": "SomeProcessor", "return_tensors": None, "device": None, "do_solarize": True, "min_crop": 7,
        "_valid_processor_keys": ["images"], "image_seq_length": 9,
    }
    for key in rng.choice(list(noise), int(rng.integers(0, 4)), replace=False):
        out[str(key)] = noise[str(key)]
    return out


def crop(rng):
    return [two_sides(rng), extent(rng)][rng.integers(2)]


def plain(rng, own):
    """Classes that resize, crop, rescale and normalize."""
    out = common(rng)
    if chance(rng, 0.9) or not own:
        out["size"] = any_size(rng)
    if chance(rng, 0.15):
        out["default_to_square"] = bool(rng.integers(2))
    if chance(rng, 0.6):
        out["do_center_crop"] = bool(rng.integers(2))
    out["crop_size"] = crop(rng)
    if chance(rng, 0.25):
        out["do_pad"] = bool(rng.integers(2))
        if chance(rng, 0.3):
            out["pad_size"] = {"height": 200, "width": 200}
    return out


def clip(rng):
    return plain(rng, True) | ({"use_square_size": bool(rng.integers(2))} if chance(rng, 0.05) else {})


def llava(rng):
    return plain(rng, True) | {"do_pad": bool(rng.integers(2)), "pad_size": None}


def convnext(rng):
    edge = [extent(rng), extent(rng), 384, 400][rng.integers(4)]
    out = common(rng) | {"size": [edge, {"shortest_edge": edge}][rng.integers(2)]}
    if chance(rng, 0.5):
        out["crop_pct"] = [0.875, 0.9, 0.95, 1.0, 0.5][rng.integers(5)]
    return out


def levit(rng):
    return plain(rng, True) | {"size": [{"shortest_edge": extent(rng)}, two_sides(rng), extent(rng)][rng.integers(3)]}


def idefics(rng):
    return plain(rng, True) | ({"image_size": extent(rng)} if chance(rng, 0.4) else {})


def gemma3(rng):
    out = common(rng) | {"size": any_size(rng)}
    if chance(rng, 0.7):
        out |= {
            "do_pan_and_scan": True, "pan_and_scan_min_crop_size": extent(rng, 24),
            "pan_and_scan_max_num_crops": int(rng.integers(2, 7)),
            "pan_and_scan_min_ratio_to_activate": [1.2, 1, 2.5][rng.integers(3)],
        }
    return out


def got_ocr2(rng):
    out = common(rng)
    if chance(rng, 0.8):
        out |= {"crop_to_patches": True, "size": [two_sides(rng, 48), extent(rng, 48)][rng.integers(2)]}
        if chance(rng, 0.6):
            out["max_patches"] = int(rng.integers(1, 20))
        if chance(rng, 0.4):
            out["min_patches"] = int(rng.integers(1, 6))
    else:
        out["size"] = any_size(rng)
    return out


def idefics3(rng):
    tile = int(rng.integers(4, 48))
    out = common(rng) | {"max_image_size": {"longest_edge": tile}, "do_image_splitting": chance(rng, 0.8)}
    size = [{"longest_edge": extent(rng, 200)}, two_sides(rng, 150), extent(rng), {"longest_edge": 4 * tile}]
    out |= {"size": size[rng.integers(4)], "return_row_col_info": True}
    if chance(rng, 0.2):
        out["do_pad"] = False
    return out


def pinpoints(rng, tile):
    return [[int(tile * rng.integers(1, 5)), int(tile * rng.integers(1, 5))] for _ in range(rng.integers(1, 7))]


def llava_next(rng):
    tile = extent(rng, 40)
    out = common(rng) | {"image_grid_pinpoints": pinpoints(rng, tile)}
    if chance(rng, 0.7):
        size = [{"shortest_edge": tile}, {"height": tile, "width": tile}, tile][rng.integers(3)]
        out |= {"size": size, "crop_size": [tile, {"height": tile, "width": tile}][rng.integers(2)]}
    else:
        out |= {"size": [two_sides(rng, 40), {"shortest_edge": extent(rng, 40)}][rng.integers(2)], "crop_size": crop(rng)}
        out["do_center_crop"] = True
    return out


def llava_onevision(rng):
    tile = extent(rng, 40)
    out = common(rng) | {"image_grid_pinpoints": pinpoints(rng, tile), "size": {"height": tile, "width": tile}}
    if chance(rng, 0.2):
        out |= {"crop_size": extent(rng, 40), "do_center_crop": True}
    return out


def mllama(rng):
    out = common(rng, resizes=False) | {"size": [{"height": 40, "width": 40}, extent(rng, 60)][rng.integers(2)]}
    if chance(rng, 0.7):
        out["max_image_tiles"] = int(rng.integers(1, 9))
    return out


def pixtral(rng):
    size = [{"longest_edge": extent(rng, 128)}, two_sides(rng, 128), extent(rng, 128)][rng.integers(3)]
    patch = [extent(rng, 24), two_sides(rng, 24)][rng.integers(2)]
    return common(rng) | {"size": size, "patch_size": patch} | ({"do_pad": False} if chance(rng, 0.1) else {})


def qwen2_vl(rng):
    patch, merge = int(rng.choice([4, 7, 14, 16])), int(rng.choice([1, 2, 3]))
    cell = (patch * merge) ** 2
    least, most = int(cell * rng.integers(1, 8)), int(cell * rng.integers(8, 40))
    out = common(rng, resizes=False) | {"patch_size": patch, "merge_size": merge}
    if chance(rng, 0.5):
        out["temporal_patch_size"] = int(rng.integers(1, 4))
    form = rng.integers(4)
    if form == 0:
        out["size"] = {"shortest_edge": least, "longest_edge": most}
    elif form == 1:
        out |= {"min_pixels": least, "max_pixels": most}
    elif form == 2:
        out |= {"min_pixels": least, "max_pixels": most, "size": {"min_pixels": 1, "max_pixels": 2}}
    else:
        out |= {"min_pixels": least, "size": {"shortest_edge": 1, "longest_edge": most}}
    return out


def sized_by_area(rng):
    """Kin of Qwen2-VL that read `size` alone."""
    out = qwen2_vl(rng)
    cell = (out["patch_size"] * out["merge_size"]) ** 2
    frames = out.get("temporal_patch_size", 2)
    out["size"] = {
        "shortest_edge": int(cell * frames * rng.integers(1, 8)), "longest_edge": int(cell * frames * rng.integers(8, 40)),
    }
    return out


def idefics2(rng):
    edge = extent(rng)
    size = [two_sides(rng), {"shortest_edge": edge, "longest_edge": edge + extent(rng, 100)}][rng.integers(2)]
    out = common(rng) | {"size": size, "do_image_splitting": bool(rng.integers(2))}
    return out | ({"do_pad": bool(rng.integers(2))} if chance(rng, 0.2) else {})


def lfm2_vl(rng):
    patch, downsample = int(rng.integers(2, 9)), int(rng.integers(1, 4))
    least = int(rng.integers(1, 6))
    tokens = {"min_image_tokens": least, "max_image_tokens": least + int(rng.integers(1, 20))}
    out = common(rng) | tokens | {"encoder_patch_size": patch, "downsample_factor": downsample}
    out |= {"tile_size": patch * int(rng.integers(1, 9)), "max_pixels_tolerance": [1.0, 2.0, 0.5][rng.integers(3)]}
    if chance(rng, 0.4):
        fewest = int(rng.integers(1, 4))
        out |= {"min_tiles": fewest, "max_tiles": fewest + int(rng.integers(4, 9))}
    if chance(rng, 0.3):
        out["use_thumbnail"] = bool(rng.integers(2))
    if chance(rng, 0.2):
        out["do_image_splitting"] = bool(rng.integers(2))
    return out | {"return_row_col_info": bool(rng.integers(2))}


def gemma4(rng):
    out = common(rng) | {"patch_size": int(rng.integers(1, 6)), "max_soft_tokens": int(rng.choice([70, 140, 280]))}
    out |= {"resample": int(rng.integers(1, 4)), "do_rescale": True}
    return out | ({"pooling_kernel_size": int(rng.integers(1, 4))} if chance(rng, 0.7) else {})


def janus(rng):
    edge = extent(rng)
    out = common(rng) | {"size": [edge, {"height": edge, "width": edge}][rng.integers(2)]}
    if chance(rng, 0.6):
        out["min_size"] = extent(rng, 20)
    return out | ({"do_pad": bool(rng.integers(2))} if chance(rng, 0.2) else {})


def siglip2(rng):
    out = common(rng) | {"patch_size": extent(rng, 20)}
    if chance(rng, 0.9):
        out["max_num_patches"] = int(rng.integers(1, 300))
    return out


PLAIN = [
    "BeitImageProcessor", "BitImageProcessor", "BlipImageProcessor", "ChameleonImageProcessor", "ChineseCLIPImageProcessor",
    "DeiTImageProcessor", "MobileNetV1ImageProcessor", "PI0ImageProcessor", "PvtImageProcessor", "SiglipImageProcessor",
    "ViTImageProcessor",
]
SPACES = {name: lambda rng: plain(rng, True) for name in PLAIN} | {
    "CLIPImageProcessor": clip, "Cohere2VisionImageProcessor": got_ocr2, "ConvNextImageProcessor": convnext,
    "Ernie4_5_VLMoeImageProcessor": sized_by_area, "Gemma3ImageProcessor": gemma3, "Glm46VImageProcessor": sized_by_area,
    "Glm4vImageProcessor": sized_by_area, "GotOcr2ImageProcessor": got_ocr2, "Idefics2ImageProcessor": idefics2,
    "Idefics3ImageProcessor": idefics3, "IdeficsImageProcessor": idefics,
    "Gemma4ImageProcessor": gemma4, "JanusImageProcessor": janus, "LevitImageProcessor": levit, "Lfm2VlImageProcessor": lfm2_vl, "LlavaImageProcessor": llava, "LlavaNextImageProcessor": llava_next,
    "LlavaOnevisionImageProcessor": llava_onevision, "MllamaImageProcessor": mllama, "PixtralImageProcessor": pixtral,
    "PaddleOCRVLImageProcessor": qwen2_vl, "Qwen2VLImageProcessor": qwen2_vl, "Siglip2ImageProcessor": siglip2,
    "SmolVLMImageProcessor": idefics3, "VideoLlama3ImageProcessor": qwen2_vl,
}


# transformers has no Pillow class for these, and so does not know their names with Pil behind them.
TORCHVISION_ONLY = ["Cohere2VisionImageProcessor", "Lfm2VlImageProcessor", "PI0ImageProcessor"]


def random_settings(rng, name):
    """One file: the settings, with the class's name as some version of transformers wrote it."""
    out = SPACES[name](rng)
    spelling = rng.random()
    if spelling < 0.1:
        return out | {"feature_extractor_type": name.replace("ImageProcessor", "FeatureExtractor")}
    suffix = "Fast" if spelling < 0.4 else "Pil" if spelling < 0.5 and name not in TORCHVISION_ONLY else ""
    return out | {"image_processor_type": name + suffix}
