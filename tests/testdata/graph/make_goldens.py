"""Makes tiny random checkpoints with transformers and stores what they compute.

Each file `<name>.safetensors` holds the weights under the names that transformers writes, the inputs as `input.*`, the
results as `output.*`, and in its metadata the configuration as config.json would have it.

Run with transformers 5.23, torch 2.15, safetensors: `python make_goldens.py`.
"""

import json
import pathlib
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

HERE = pathlib.Path(__file__).parent
NUM_TOKENS = 11

TEXT = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 32,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
}
LLAMA3 = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
    "rope_type": "llama3",
}

DECODERS = {
    "llama_llama3_rope": (
        LlamaConfig,
        LlamaForCausalLM,
        {"model_type": "llama", **TEXT, "head_dim": 8, "rope_theta": 500.0, "rope_scaling": LLAMA3},
    ),
    "llama_llama3_rope_v5": (
        LlamaConfig,
        LlamaForCausalLM,
        {"model_type": "llama", **TEXT, "head_dim": 8, "rope_parameters": {**LLAMA3, "rope_theta": 500.0}},
    ),
    "llama_linear_rope_biases": (
        LlamaConfig,
        LlamaForCausalLM,
        {
            "model_type": "llama",
            **TEXT,
            "num_key_value_heads": 4,
            "attention_bias": True,
            "mlp_bias": True,
            "hidden_act": "gelu_pytorch_tanh",
            "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0},
        },
    ),
    "qwen2_tied": (
        Qwen2Config,
        Qwen2ForCausalLM,
        {"model_type": "qwen2", **TEXT, "rope_theta": 1000000.0, "tie_word_embeddings": True},
    ),
    "qwen2_window": (
        Qwen2Config,
        Qwen2ForCausalLM,
        {"model_type": "qwen2", **TEXT, "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1},
    ),
    "mistral_window": (
        MistralConfig,
        MistralForCausalLM,
        {"model_type": "mistral", **TEXT, "head_dim": 8, "sliding_window": 4},
    ),
    "mistral": (
        MistralConfig,
        MistralForCausalLM,
        {"model_type": "mistral", **TEXT, "sliding_window": None},
    ),
}

VISION = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 12,
    "patch_size": 4,
}
CLIP = {"model_type": "clip_vision_model", **VISION, "projection_dim": 8}
SIGLIP = {"model_type": "siglip_vision_model", **VISION, "vision_use_head": False}

TOWERS = {
    "clip_default": (CLIP, {"vision_feature_layer": -2, "vision_feature_select_strategy": "default"}),
    "clip_full_list": (CLIP, {"vision_feature_layer": [-3, 1, -2], "vision_feature_select_strategy": "full"}),
    "clip_last": (CLIP, {"vision_feature_layer": -1, "vision_feature_select_strategy": "default"}),
    "siglip_full": (
        SIGLIP,
        {
            "vision_feature_layer": -2,
            "vision_feature_select_strategy": "full",
            "multimodal_projector_bias": False,
            "projector_hidden_act": "gelu_pytorch_tanh",
        },
    ),
    "siglip_last": (SIGLIP, {"vision_feature_layer": -1, "vision_feature_select_strategy": "full"}),
}


def fill(model, generator):
    """Random weights large enough for every part to matter."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm = "norm" in name or "layrnorm" in name
        scale = 0.1 if is_norm else 0.3
        parameter.data = noise * scale + (1.0 if is_norm and name.endswith("weight") else 0.0)


def stored(model, keep):
    """The tensors as save_pretrained writes them, f32."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            return {key: file.get_tensor(key).contiguous() for key in file.keys() if keep(key)}


def write(name, config, tensors):
    path = HERE / f"{name}.safetensors"
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    assert path.stat().st_size < 60_000, (name, path.stat().st_size)


@torch.no_grad()
def make_decoder(name, config_class, model_class, config, seed):
    generator = torch.Generator().manual_seed(seed)
    model = model_class._from_config(config_class(**config), attn_implementation="eager").eval().float()
    fill(model, generator)
    model.tie_weights()
    embeds = torch.randn((2, NUM_TOKENS, config["hidden_size"]), generator=generator)
    logits = model(inputs_embeds=embeds, use_cache=False).logits
    tensors = stored(model, lambda key: config.get("tie_word_embeddings") or "embed_tokens" not in key)
    write(name, config, {**tensors, "input.inputs_embeds": embeds, "output.logits": logits.contiguous()})


@torch.no_grad()
def make_tower(name, vision, settings, seed):
    generator = torch.Generator().manual_seed(seed)
    text = {"model_type": "llama", **TEXT, "num_hidden_layers": 1}
    config = {"model_type": "llava", "vision_config": vision, "text_config": text, "image_token_index": 5, **settings}
    model = LlavaForConditionalGeneration._from_config(LlavaConfig(**config), attn_implementation="eager")
    model = model.eval().float()
    fill(model, generator)
    pixels = torch.randn((2, 3, vision["image_size"], vision["image_size"]), generator=generator)
    features = model.get_image_features(pixel_values=pixels).pooler_output
    rows = torch.cat(list(features), dim=0) if not torch.is_tensor(features) else features
    tensors = stored(model, lambda key: not key.startswith("language_model") and ".post_layernorm" not in key)
    rows = rows.reshape(-1, TEXT["hidden_size"]).contiguous()
    write(name, config, {**tensors, "input.pixel_values": pixels, "output.rows": rows})


for seed, (name, arguments) in enumerate(DECODERS.items()):
    make_decoder(name, *arguments, seed)
for seed, (name, arguments) in enumerate(TOWERS.items()):
    make_tower(name, *arguments, 100 + seed)
