/**
 * Makes the toy family's checkpoint: random weights (seeded), a tokenizer of bytes, a chat template.
 *
 *     deno run -RW examples/toy_vlm/make_checkpoint.ts
 *
 * @module
 */
import { createRandom } from "@limbus/limbus/testing";

const FOLDER = new URL("./checkpoint/", import.meta.url);
const HIDDEN = 16;
const INTERMEDIATE = 32;
const VISION_HIDDEN = 24;
const CELL = 8;
const SPECIAL = ["<s>", "</s>", "<picture>", "<cell>", "<row>", "<|user|>", "<|assistant|>"];
const VOCAB = 256 + SPECIAL.length;

const config = {
  model_type: "toy_vlm",
  text_config: {
    model_type: "llama",
    hidden_size: HIDDEN,
    intermediate_size: INTERMEDIATE,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    vocab_size: VOCAB,
    max_position_embeddings: 512,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
  vision_config: { cell_size: CELL, max_cells: 6, hidden_size: VISION_HIDDEN },
};

/** The letters that stand for bytes in byte-level vocabularies: printable ones for themselves, the others from U+0100 on. */
function byteLetters(): string[] {
  const isPlain = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPlain(byte) ? byte : next++));
}

const tokenizer = {
  version: "1.0",
  added_tokens: SPECIAL.map((content, i) => ({
    id: 256 + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    vocab: Object.fromEntries(byteLetters().map((letter, byte) => [letter, byte])),
    merges: [],
  },
};

const chatTemplate = `<s>{% for message in messages %}<|{{ message.role }}|>` +
  `{% for part in message.content %}{% if part.type == 'text' %}{{ part.text }}{% else %}<picture>{% endif %}{% endfor %}` +
  `{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;

/** Names and shapes of the weights. */
function shapes(): [name: string, shape: number[]][] {
  const layer = (i: number): [string, number[]][] =>
    ([
      ["input_layernorm", [HIDDEN]],
      ["post_attention_layernorm", [HIDDEN]],
      ["self_attn.q_proj", [HIDDEN, HIDDEN]],
      ["self_attn.k_proj", [HIDDEN / 2, HIDDEN]],
      ["self_attn.v_proj", [HIDDEN / 2, HIDDEN]],
      ["self_attn.o_proj", [HIDDEN, HIDDEN]],
      ["mlp.gate_proj", [INTERMEDIATE, HIDDEN]],
      ["mlp.up_proj", [INTERMEDIATE, HIDDEN]],
      ["mlp.down_proj", [HIDDEN, INTERMEDIATE]],
    ] as [string, number[]][]).map(([name, shape]) => [`language_model.model.layers.${i}.${name}.weight`, shape]);
  return [
    ["language_model.model.embed_tokens.weight", [VOCAB, HIDDEN]],
    ...layer(0),
    ...layer(1),
    ["language_model.model.norm.weight", [HIDDEN]],
    ["cell_embedding.weight", [VISION_HIDDEN, 3 * CELL * CELL]],
    ["cell_embedding.bias", [VISION_HIDDEN]],
    ["multi_modal_projector.linear_1.weight", [HIDDEN, VISION_HIDDEN]],
    ["multi_modal_projector.linear_1.bias", [HIDDEN]],
    ["multi_modal_projector.linear_2.weight", [HIDDEN, HIDDEN]],
    ["multi_modal_projector.linear_2.bias", [HIDDEN]],
  ];
}

/** A safetensors file: length of the header, header, tensors. */
function makeWeights(): Uint8Array {
  const random = createRandom(17);
  const header: Record<string, unknown> = {};
  const values: number[] = [];
  for (const [name, shape] of shapes()) {
    const start = 4 * values.length;
    const isNorm = name.includes("norm");
    const width = shape.at(-1)!;
    for (let i = 0; i < shape.reduce((product, extent) => product * extent, 1); i++) {
      const spread = (random.next() * 2 - 1) * Math.sqrt(3 / width);
      values.push(isNorm ? 1 + spread / 4 : spread * 1.5);
    }
    header[name] = { dtype: "F32", shape, data_offsets: [start, 4 * values.length] };
  }
  const text = JSON.stringify(header);
  const padded = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + padded.length + 4 * values.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded.length), true);
  file.set(padded, 8);
  file.set(new Uint8Array(Float32Array.from(values).buffer), 8 + padded.length);
  return file;
}

Deno.mkdirSync(FOLDER, { recursive: true });
const write = (name: string, content: object) =>
  Deno.writeTextFileSync(new URL(name, FOLDER), JSON.stringify(content, null, 1) + "\n");
write("config.json", config);
write("generation_config.json", { do_sample: false, eos_token_id: 257 });
write("tokenizer_config.json", { bos_token: "<s>", eos_token: "</s>" });
write("tokenizer.json", tokenizer);
Deno.writeTextFileSync(new URL("chat_template.jinja", FOLDER), chatTemplate);
Deno.writeFileSync(new URL("model.safetensors", FOLDER), makeWeights());
