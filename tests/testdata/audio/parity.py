"""Draws sound files and sounds, and what libsndfile and transformers make of them; called by parity.ts.

    python parity.py FOLDER FILES SOUNDS SEED

Writes the files and cases.json into FOLDER. Needs numpy, soundfile (libsndfile 1.2, with mpg123 and LAME) and transformers 5.
"""

import json
import sys
from pathlib import Path

import numpy as np
import soundfile
import transformers
from transformers import WhisperFeatureExtractor

folder, num_files, num_sounds, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
rng = np.random.default_rng(seed)
WAV = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW"]
MP3_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000]


def below(n):
    return int(rng.integers(n))


def drawn(frames, channels):
    """Silence, noise, a tone, attacks, or all at once; [frames, channels], within one."""
    t = np.arange(frames)[:, None] / (20 + below(400))
    kind = below(5)
    if kind == 0:
        return np.zeros((frames, channels))
    tone = np.sin(t * (1 + np.arange(channels))) * 10 ** -rng.uniform(0, 4)
    noise = rng.standard_normal((frames, channels)) * 10 ** -rng.uniform(0.7, 5)
    attacks = (rng.random((frames, channels)) < 0.002) * rng.uniform(-1, 1, (frames, channels))
    return np.clip([tone, noise, attacks, tone + noise + attacks][kind - 1], -0.999, 0.999)


def file_case(index):
    kind = ["wav", "flac", "mp3", "ogg"][below(4)]
    frames, channels = below([40, 3000, 30000][below(3)]) + 1, 1 + below(2)
    rate, options = 8000 + below(88000), {}
    if kind == "wav":
        channels = 1 + below(8)
        form, subtype = ["WAV", "WAVEX", "RF64"][below(3)], WAV[below(len(WAV))]
    elif kind == "flac":
        rate, channels = RATES[below(len(RATES))], 1 + below(8)
        form, subtype = "FLAC", ["PCM_S8", "PCM_16", "PCM_24"][below(3)]
        options = {"compression_level": rng.random()}
    elif kind == "mp3":
        rate, form, subtype = MP3_RATES[below(len(MP3_RATES))], "MP3", "MPEG_LAYER_III"
        mode = ["CONSTANT", "AVERAGE", "VARIABLE"][below(3)]
        options = {"bitrate_mode": mode, "compression_level": rng.uniform(0, 0.99)}
    else:
        rate, form, subtype = RATES[below(len(RATES))], "OGG", "VORBIS"
        options = {"compression_level": rng.uniform(0, 0.99)}
    name = f"{index}.{kind}"
    soundfile.write(folder / name, drawn(frames, channels), rate, format=form, subtype=subtype, **options)
    data, rate = soundfile.read(folder / name, dtype="float32", always_2d=True)
    # As load_audio of transformers mixes.
    data.T.mean(axis=0).tofile(folder / f"{index}.mono")
    return {"name": name, "mono": f"{index}.mono", "rate": rate, "channels": data.shape[1], "options": f"{form} {subtype} {options}"}


def sound_case(index):
    sound = drawn(1 + below([500, 60000, 520000][below(3)]), 1)[:, 0].astype(np.float32)
    feature_size = [80, 128][below(2)]
    features = WhisperFeatureExtractor(feature_size=feature_size)._np_extract_fbank_features
    whole = np.zeros(480000, np.float32)
    whole[: min(len(sound), 480000)] = sound[:480000]
    sound.tofile(folder / f"{index}.sound")
    features(whole[None], "cpu")[0].astype(np.float32).tofile(folder / f"{index}.features")
    return {"sound": f"{index}.sound", "features": f"{index}.features", "featureSize": feature_size}


cases = {
    "versions": {"libsndfile": soundfile.__libsndfile_version__, "transformers": transformers.__version__},
    "files": [file_case(index) for index in range(num_files)],
    "sounds": [sound_case(index) for index in range(num_sounds)],
}
(folder / "cases.json").write_text(json.dumps(cases))
