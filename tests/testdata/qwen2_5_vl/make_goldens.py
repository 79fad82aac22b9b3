"""Tiny random Qwen2.5-VL checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders and goldens.json beside this file

Needs what `../qwen2_vl/make_goldens.py` needs, whose functions and pictures it uses.
"""

import importlib.util
from pathlib import Path

import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("qwen2_vl", HERE.parent / "qwen2_vl" / "make_goldens.py")
qwen2_vl = importlib.util.module_from_spec(spec)
spec.loader.exec_module(qwen2_vl)


def variants():
    tok = qwen2_vl.byte_tokenizer()
    # Windows of 2 x 2 cells: the pictures have whole ones, and others at the right and at the bottom.
    yield "hub-form-bf16", tok, Qwen2_5_VLConfig(
        text_config=qwen2_vl.text_config(tok), tie_word_embeddings=False, **qwen2_vl.token_ids(tok),
        vision_config=dict(
            depth=3, hidden_size=16, intermediate_size=36, num_heads=2, out_hidden_size=32, patch_size=14,
            spatial_merge_size=2, window_size=56, fullatt_block_indexes=[1],
        ),
    ), (56 * 56, 28 * 28 * 20), torch.bfloat16, True, {"repetition_penalty": 1.05}
    yield "nested-tied", tok, Qwen2_5_VLConfig(
        text_config=qwen2_vl.text_config(
            tok, hidden_size=40, num_attention_heads=4, num_key_value_heads=2,
            rope_parameters={"rope_type": "default", "rope_theta": 1000.0, "mrope_section": [2, 1, 2]},
        ), tie_word_embeddings=True, **qwen2_vl.token_ids(tok),
        vision_config=dict(
            depth=2, hidden_size=24, intermediate_size=40, num_heads=2, out_hidden_size=40, patch_size=8,
            spatial_merge_size=2, window_size=48, fullatt_block_indexes=[1], hidden_act="silu",
        ),
    ), (2048, 16384), torch.float16, False, {}


if __name__ == "__main__":
    qwen2_vl.write_family(HERE, Qwen2_5_VLForConditionalGeneration, "qwen2_5_vl", variants(), "../qwen2_vl/")
