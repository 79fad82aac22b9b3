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
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2VLTextConfig,
    Qwen2VLTextModel,
    Qwen3Config,
    Qwen3ForCausalLM,
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

LONGROPE = {
    "model_type": "phi3",
    **TEXT,
    "num_key_value_heads": 4,
    "pad_token_id": 0,
    "rope_scaling": {"type": "longrope", "short_factor": [1.5, 2.0], "long_factor": [3.0, 7.0]},
}
GEMMA3 = {
    "model_type": "gemma3_text",
    **TEXT,
    "head_dim": 12,
    "query_pre_attn_scalar": 20,
    "sliding_window": 4,
    "layer_types": ["sliding_attention", "full_attention"],
    "rope_parameters": {
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
    },
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
    "llama_yarn": (
        LlamaConfig,
        LlamaForCausalLM,
        {
            "model_type": "llama",
            **TEXT,
            "head_dim": 16,
            "rope_theta": 500.0,
            "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 2.0},
        },
    ),
    "llama_dynamic": (
        LlamaConfig,
        LlamaForCausalLM,
        {"model_type": "llama", **TEXT, "rope_scaling": {"type": "dynamic", "factor": 4.0}},
    ),
    "qwen3": (
        Qwen3Config,
        Qwen3ForCausalLM,
        {
            "model_type": "qwen3", **TEXT, "head_dim": 8, "attention_bias": True, "use_sliding_window": True,
            "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
    "phi3_partial_rotary": (
        Phi3Config,
        Phi3ForCausalLM,
        {"model_type": "phi3", **TEXT, "hidden_size": 32, "partial_rotary_factor": 0.5, "pad_token_id": 0, "sliding_window": 5},
    ),
    "phi3_longrope_short": (Phi3Config, Phi3ForCausalLM, {**LONGROPE, "original_max_position_embeddings": NUM_TOKENS}),
    "phi3_longrope_long": (Phi3Config, Phi3ForCausalLM, {**LONGROPE, "original_max_position_embeddings": NUM_TOKENS - 1}),
    "gemma3_text": (Gemma3TextConfig, Gemma3ForCausalLM, GEMMA3),
    "gemma3_text_v4": (
        Gemma3TextConfig,
        Gemma3ForCausalLM,
        {
            **{key: value for key, value in GEMMA3.items() if key not in ("rope_parameters", "layer_types")},
            "sliding_window_pattern": 2,
            "rope_theta": 1000.0,
            "rope_local_base_freq": 50.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0},
            "final_logit_softcapping": 2.0,
        },
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
    tensors = stored(model, lambda key: model.config.tie_word_embeddings or "embed_tokens" not in key)
    write(name, config, {**tensors, "input.inputs_embeds": embeds, "output.logits": logits.contiguous()})


@torch.no_grad()
def make_multimodal_rope(name, seed):
    """A decoder whose positions have three axes: text, a picture of 2 x 3 cells, text."""
    generator = torch.Generator().manual_seed(seed)
    config = {
        **{"model_type": "qwen2_vl_text", **TEXT, "hidden_size": 32, "tie_word_embeddings": False, "rope_theta": 500.0},
        "rope_scaling": {"type": "mrope", "mrope_section": [1, 2, 1]},
    }
    model = Qwen2VLTextModel._from_config(Qwen2VLTextConfig(**config), attn_implementation="eager").eval().float()
    fill(model, generator)
    head = torch.randn((TEXT["vocab_size"], 32), generator=generator) * 0.3
    embeds = torch.randn((2, NUM_TOKENS, 32), generator=generator)
    pictures = [[0, 1, 2, 2, 2, 2, 2, 2, 5, 6, 7], [0, 1, 2, 2, 2, 3, 3, 3, 5, 6, 7], [0, 1, 2, 3, 4, 2, 3, 4, 5, 6, 7]]
    plain = [list(range(NUM_TOKENS))] * 3
    positions = torch.tensor([pictures, plain]).transpose(0, 1)
    hidden = model(inputs_embeds=embeds, position_ids=positions, use_cache=False).last_hidden_state
    tensors = {f"model.{key}": value.contiguous() for key, value in model.state_dict().items() if "embed_tokens" not in key}
    extra = {"lm_head.weight": head, "input.inputs_embeds": embeds, "input.position_ids": positions.float().contiguous()}
    write(name, config, {**tensors, **extra, "output.logits": (hidden @ head.T).contiguous()})


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
make_multimodal_rope("qwen2_vl_text", 50)
for seed, (name, arguments) in enumerate(TOWERS.items()):
    make_tower(name, *arguments, 100 + seed)
