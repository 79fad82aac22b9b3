"""Small files of FLAC, MP3 and Ogg Vorbis, and what libsndfile decodes from them.

    python make_compressed.py        # writes the files and compressed.json beside this file

Needs numpy and soundfile (libsndfile 1.2, with mpg123 and LAME).
"""

import json
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).parent


def sound(rate, frames, channels):
    """Chirps with harmonics, other ones in each channel, every fifth of a second an attack; [frames, channels]."""
    t = np.arange(frames) / rate
    parts = []
    for channel in range(channels):
        phase = 2 * np.pi * (150.0 * (channel + 1) * t + 700.0 * t * t)
        envelope = 0.2 + 0.8 * np.exp(-20 * (t % 0.2))
        parts.append(0.3 * envelope * sum(np.sin(k * phase) / k for k in range(1, 5)))
    noise = np.random.default_rng(frames).standard_normal((frames, channels)) * 0.005
    return (np.stack(parts, 1) + noise).clip(-0.99, 0.99)


FILES = {
    # name: rate, frames, channels, libsndfile subtype, further options
    "mono_16k_pcm16.flac": (16000, 4801, 1, "PCM_16", {}),
    "stereo_44k_pcm24.flac": (44100, 2205, 2, "PCM_24", {"compression_level": 1.0}),
    "three_8k_pcm8.flac": (8000, 1203, 3, "PCM_S8", {}),
    "mono_16k_vbr.mp3": (16000, 9001, 1, "MPEG_LAYER_III", {"bitrate_mode": "VARIABLE", "compression_level": 0.8}),
    "stereo_44k_cbr.mp3": (44100, 16051, 2, "MPEG_LAYER_III", {"bitrate_mode": "CONSTANT", "compression_level": 0.8}),
    "mono_8k_abr.mp3": (8000, 5003, 1, "MPEG_LAYER_III", {"bitrate_mode": "AVERAGE", "compression_level": 0.9}),
    "mono_16k.ogg": (16000, 30001, 1, "VORBIS", {"compression_level": 0.9}),
    "stereo_44k.ogg": (44100, 9007, 2, "VORBIS", {"compression_level": 0.9}),
}
FORMATS = {".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}


def frames_of_mp3(data):
    """Splits MPEG-1 at 44.1 kHz; the first frame holds LAME's tag."""
    kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    at, frames = 0, []
    while at < len(data):
        size = 144000 * kilobits[data[at + 2] >> 4] // 44100 + (data[at + 2] >> 1 & 1)
        frames.append(data[at:at + size])
        at += size
    return frames


def sampled(values, count=64):
    stride = max(1, len(values) // count)
    return {
        "length": len(values), "sum": float(values.sum(dtype=np.float64)), "stride": stride,
        "head": values[::stride].astype(np.float64).round(8).tolist(),
    }


def main():
    for name, (rate, frames, channels, subtype, options) in FILES.items():
        file = HERE / name
        samples = sound(rate, frames, channels)
        soundfile.write(file, samples, rate, format=FORMATS[file.suffix], subtype=subtype, **options)
    frames = frames_of_mp3((HERE / "stereo_44k_cbr.mp3").read_bytes())
    tag = b"ID3\x04\0\0" + bytes([0, 0, 2, 0]) + b"\0" * 256
    pieces = {
        # Without LAME's tag nothing is cut off (libsndfile guesses the length then, rightly only of a constant bitrate); a piece from the middle lacks the bits of the frames before it.
        "untagged.mp3": b"".join(frames[1:]),
        "middle.mp3": tag + b"".join(frames[7:]) + b"TAG" + b" " * 125,
        "cut.mp3": b"".join(frames)[:-100],
        "cut.ogg": (HERE / "mono_16k.ogg").read_bytes()[:-200],
    }
    for name, data in pieces.items():
        (HERE / name).write_bytes(data)
    goldens = {}
    for name in [*FILES, *pieces]:
        data, rate = soundfile.read(HERE / name, dtype="float32", always_2d=True)
        # As load_audio of transformers mixes.
        mono = data.T.mean(axis=0)
        goldens[name] = {
            "samplingRate": rate, "channels": data.shape[1], "numFrames": len(data), "mono": sampled(mono),
        }
    (HERE / "compressed.json").write_text(json.dumps(goldens) + "\n")


main()
