"""libwebp's encoder with all of its settings, of which Pillow passes on a few. It is the library that Pillow brings."""

import ctypes
from pathlib import Path

import numpy as np
import PIL

LIBRARIES = Path(PIL.__file__).parent.parent / "pillow.libs"
ABI = 0x0210


def open_library():
    for needed in LIBRARIES.glob("libsharpyuv*"):
        ctypes.CDLL(str(needed), mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(str(next(LIBRARIES.glob("libwebp-*"))))


def fields(text):
    """Names behind the name of their type, which ends with a colon."""
    types = {
        "int": ctypes.c_int, "float": ctypes.c_float, "pointer": ctypes.c_void_p, "size": ctypes.c_size_t,
        "word": ctypes.c_uint32, "two_words": ctypes.c_uint32 * 2, "three_words": ctypes.c_uint32 * 3,
        "eight_words": ctypes.c_uint32 * 8, "two_pointers": ctypes.c_void_p * 2,
    }
    found, kind = [], None
    for word in text.split():
        if word.endswith(":"):
            kind = types[word[:-1]]
        else:
            found.append((word, kind))
    return found


class Config(ctypes.Structure):
    _fields_ = fields(
        "int: lossless float: quality int: method image_hint target_size float: target_psnr int: segments sns_strength "
        "filter_strength filter_sharpness filter_type autofilter alpha_compression alpha_filtering alpha_quality passes "
        "show_compressed preprocessing partitions partition_limit emulate_jpeg_size thread_level low_memory near_lossless "
        "exact use_delta_palette use_sharp_yuv qmin qmax"
    )


class Picture(ctypes.Structure):
    _fields_ = fields(
        "int: use_argb colorspace width height pointer: y u v int: y_stride uv_stride pointer: a int: a_stride "
        "two_words: pad1 pointer: argb int: argb_stride three_words: pad2 pointer: writer custom_ptr int: extra_info_type "
        "pointer: extra_info stats int: error_code pointer: progress_hook user_data three_words: pad3 pointer: pad4 pad5 "
        "eight_words: pad6 pointer: memory memory_argb two_pointers: pad7"
    )


class Writer(ctypes.Structure):
    _fields_ = fields("pointer: bytes size: length room word: pad")


library = open_library()


def encode(rgba, settings):
    """A file of pixels [height, width, 4], or None where libwebp refuses the settings or the picture."""
    height, width, _ = rgba.shape
    config, picture, writer = Config(), Picture(), Writer()
    assert library.WebPConfigInitInternal(ctypes.byref(config), 0, ctypes.c_float(75), ABI)
    assert library.WebPPictureInitInternal(ctypes.byref(picture), ABI)
    for name, value in settings.items():
        setattr(config, name, value)
    if not library.WebPValidateConfig(ctypes.byref(config)):
        return None
    picture.width, picture.height, picture.use_argb = width, height, 1
    pixels = np.ascontiguousarray(rgba).tobytes()
    assert library.WebPPictureImportRGBA(ctypes.byref(picture), pixels, 4 * width)
    library.WebPMemoryWriterInit(ctypes.byref(writer))
    picture.writer = ctypes.cast(library.WebPMemoryWrite, ctypes.c_void_p).value
    picture.custom_ptr = ctypes.cast(ctypes.byref(writer), ctypes.c_void_p).value
    is_done = library.WebPEncode(ctypes.byref(config), ctypes.byref(picture))
    file = ctypes.string_at(writer.bytes, writer.length) if is_done else None
    library.WebPPictureFree(ctypes.byref(picture))
    library.WebPMemoryWriterClear(ctypes.byref(writer))
    return file
