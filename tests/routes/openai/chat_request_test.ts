import { assertEquals, assertThrows } from "@std/assert";
import { parseChatRequest } from "../../../routes/openai/chat_request.ts";
import { LimbusError } from "../../../src/core/errors.ts";
import type { SamplingParams } from "../../../src/core/generate.ts";

const CONTEXT = { servedModelName: "fake", requestId: "r" };
const MARK = "SeCrEt";

function parse(extra: Record<string, unknown>) {
  return parseChatRequest({ model: "fake", messages: [{ role: "user", content: "hi" }], ...extra }, CONTEXT);
}

/** `[param, code]` of the error; fails if the error repeats the client's data. */
function refusal(body: unknown): [string | undefined, string] {
  const error = assertThrows(() => parseChatRequest(body, CONTEXT), LimbusError);
  assertEquals(error.message.includes(MARK), false, error.message);
  assertEquals(/^[A-Z].*: .*[^.]$/.test(error.message), true, error.message);
  return [error.param, error.code];
}

function refusalOf(extra: Record<string, unknown>): [string | undefined, string] {
  return refusal({ model: "fake", messages: [{ role: "user", content: "hi" }], ...extra });
}

function refusalOfMessages(messages: unknown): [string | undefined, string] {
  return refusalOf({ messages });
}

Deno.test("chat request: every sampling field reaches the engine under its name", () => {
  const { generate } = parse({
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.1,
    repetition_penalty: 1.1,
    presence_penalty: -2,
    frequency_penalty: 2,
    seed: 7,
    max_tokens: 5,
    min_tokens: 2,
    stop: "END",
    stop_token_ids: [3],
    ignore_eos: true,
    skip_special_tokens: false,
    logprobs: true,
    top_logprobs: 20,
  });
  const expected: SamplingParams = {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    minP: 0.1,
    repetitionPenalty: 1.1,
    presencePenalty: -2,
    frequencyPenalty: 2,
    seed: 7,
    maxTokens: 5,
    minTokens: 2,
    stop: ["END"],
    stopTokenIds: [3],
    ignoreEos: true,
    skipSpecialTokens: false,
    logprobs: 20,
  };
  assertEquals(generate, {
    requestId: "r",
    prompt: {
      kind: "chat",
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      addGenerationPrompt: true,
    },
    sampling: expected,
  });
});

Deno.test("chat request: null is the default of every optional field", () => {
  const names = [
    ...[
      "temperature",
      "top_p",
      "top_k",
      "min_p",
      "repetition_penalty",
      "presence_penalty",
      "frequency_penalty",
      "seed",
    ],
    ...["max_tokens", "max_completion_tokens", "min_tokens", "stop", "stop_token_ids", "ignore_eos", "logprobs"],
    ...["skip_special_tokens", "top_logprobs", "stream", "stream_options", "return_token_ids", "add_generation_prompt"],
    ...[
      "user",
      "metadata",
      "store",
      "service_tier",
      "tools",
      "tool_choice",
      "response_format",
      "n",
      "logit_bias",
      "audio",
    ],
  ];
  const nulls = Object.fromEntries(names.map((name) => [name, null]));
  assertEquals(parse(nulls), parse({}));
  assertEquals(parse({}).generate.sampling, {});
});

Deno.test("chat request: fields without effect are taken", () => {
  const taken = {
    ...{ user: "u", metadata: { a: "b" }, store: true, service_tier: "auto", n: 1, tools: [], logit_bias: {} },
    ...{ response_format: { type: "text" }, parallel_tool_calls: true, modalities: ["text"], safety_identifier: "s" },
  };
  assertEquals(parse(taken), parse({}));
});

Deno.test("chat request: fields of missing features are refused by name", () => {
  const fields = {
    ...{ tools: [{ type: "function" }], tool_choice: "auto", n: 2, audio: {}, logit_bias: { 1: 1 }, echo: true },
    ...{ response_format: { type: "json_object" }, modalities: ["audio"] },
    ...{ reasoning_effort: "low", functions: [{}], prediction: {}, web_search_options: {} },
  };
  for (const [name, value] of Object.entries(fields)) {
    assertEquals(refusalOf({ [name]: value }), [name, "unsupported_parameter"]);
  }
});

Deno.test("chat request: unknown fields are refused, by name only if they look like a field", () => {
  assertEquals(refusalOf({ temprature: 1 }), ["temprature", "unknown_parameter"]);
  assertEquals(refusalOf({ [`${MARK} ${MARK}`]: 1 }), [undefined, "unknown_parameter"]);
  const body = JSON.parse('{"model":"fake","messages":[{"role":"user","content":"hi"}],"__proto__":{"stream":true}}');
  assertEquals(refusal(body), ["__proto__", "unknown_parameter"]);
  assertEquals(refusalOf({ constructor: 1 }), ["constructor", "unknown_parameter"]);
});

Deno.test("chat request: nothing is coerced and ranges hold", () => {
  const bad: Record<string, unknown[]> = {
    temperature: ["1", true, -0.1, 2.1, 1e308, Infinity, [1]],
    top_p: [0, 1.1, "1"],
    top_k: [-2, 1.5, "1", 2 ** 40],
    min_p: [-0.1, 1.1],
    repetition_penalty: [0, -1, 2.1],
    presence_penalty: [-2.1, 2.1],
    frequency_penalty: [-2.1, 2.1],
    seed: ["1", 1.5, 1e300, true],
    max_tokens: [0, -1, 1.5, "1", 1e300],
    max_completion_tokens: [0, true],
    min_tokens: [-1, 0.5],
    stop: [1, [1], "", [""], Array(17).fill("a"), "a".repeat(1025), "\ud800"],
    stop_token_ids: [1, ["1"], [-1], [1.5]],
    ignore_eos: [1, "true"],
    logprobs: [1, 5, "true"],
    stream: ["true", 1],
    stream_options: [true, []],
    return_token_ids: [1],
    model: [1, "", null, {}],
    messages: [null, {}, "hi", []],
    user: [1],
    metadata: ["a"],
    mm_processor_kwargs: [1, "a", ["a"], true],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const [param, code] = refusalOf({ [name]: value });
      assertEquals(param?.replace(/\[\d+\]$/, ""), name, `${name}: ${value}`);
      assertEquals(["invalid_type", "invalid_value"].includes(code), true, `${name}: ${value}: ${code}`);
    }
  }
  assertEquals(refusalOf({ logprobs: true, top_logprobs: 21 })[0], "top_logprobs");
  assertEquals(refusalOf({ stream: true, stream_options: { include_usage: 1 } })[0], "stream_options.include_usage");
});

Deno.test("chat request: fields that need or exclude each other", () => {
  assertEquals(refusalOf({ stream_options: { include_usage: true } })[0], "stream_options");
  assertEquals(refusalOf({ top_logprobs: 1 })[0], "top_logprobs");
  assertEquals(refusalOf({ logprobs: false, top_logprobs: 1 })[0], "top_logprobs");
  assertEquals(refusalOf({ max_tokens: 1, max_completion_tokens: 1 })[0], "max_tokens");
  assertEquals(refusalOf({ max_tokens: 1, min_tokens: 2 })[0], "min_tokens");
});

Deno.test("chat request: the body itself, the model and messages are required", () => {
  for (const body of [null, [], "x", 1, true]) assertEquals(refusal(body), [undefined, "invalid_type"]);
  assertEquals(refusal({}), ["model", "missing_required_parameter"]);
  assertEquals(refusal({ model: "fake" }), ["messages", "missing_required_parameter"]);
  assertEquals(refusalOf({ model: `other ${MARK}` }), ["model", "model_not_found"]);
});

Deno.test("chat request: messages are refused at the exact place", () => {
  const user = { role: "user", content: "hi" };
  const cases: [unknown[], string, string][] = [
    [[user, 1], "messages[1]", "invalid_type"],
    [[{ content: "hi" }], "messages[0].role", "missing_required_parameter"],
    [[{ role: MARK, content: "hi" }], "messages[0].role", "invalid_value"],
    [[{ role: "constructor", content: "hi" }], "messages[0].role", "invalid_value"],
    [[{ role: "__proto__", content: "hi" }], "messages[0].role", "invalid_value"],
    [[{ role: 1, content: "hi" }], "messages[0].role", "invalid_type"],
    [[{ role: "user" }], "messages[0].content", "missing_required_parameter"],
    [[{ role: "user", content: null }], "messages[0].content", "invalid_type"],
    [[{ role: "user", content: 1 }], "messages[0].content", "invalid_type"],
    [[{ role: "user", content: [] }], "messages[0].content", "invalid_value"],
    [[{ role: "user", content: ["hi"] }], "messages[0].content[0]", "invalid_type"],
    [[{ role: "user", content: "\ud800" }], "messages[0].content", "invalid_value"],
    [[{ ...user, extra: 1 }], "messages[0].extra", "unknown_parameter"],
    [[{ ...user, tool_calls: [{}] }], "messages[0].tool_calls", "invalid_value"],
  ];
  for (const [messages, param, code] of cases) assertEquals(refusalOfMessages(messages), [param, code]);
  const proto = JSON.parse('[{"role":"user","content":"hi","__proto__":{"role":"system"}}]');
  assertEquals(refusalOfMessages(proto), ["messages[0].__proto__", "unknown_parameter"]);
});

Deno.test("chat request: parts are refused at the exact place", () => {
  const text = { type: "text", text: "hi" };
  const at = "messages[1].content[1]";
  const cases: [unknown, string, string][] = [
    [{}, `${at}.type`, "missing_required_parameter"],
    [{ type: MARK }, `${at}.type`, "invalid_value"],
    [{ type: "toString" }, `${at}.type`, "invalid_value"],
    [{ type: "video_url", video_url: { url: "x" } }, `${at}.type`, "invalid_value"],
    [{ type: 1 }, `${at}.type`, "invalid_type"],
    [{ type: "text" }, `${at}.text`, "missing_required_parameter"],
    [{ type: "text", text: 1 }, `${at}.text`, "invalid_type"],
    [{ type: "text", text: "a", extra: 1 }, `${at}.extra`, "unknown_parameter"],
    [{ type: "image_url" }, `${at}.image_url`, "missing_required_parameter"],
    [{ type: "image_url", image_url: 1 }, `${at}.image_url`, "invalid_type"],
    [{ type: "image_url", image_url: "" }, `${at}.image_url`, "invalid_value"],
    [{ type: "image_url", image_url: {} }, `${at}.image_url.url`, "missing_required_parameter"],
    [{ type: "image_url", image_url: { url: 1 } }, `${at}.image_url.url`, "invalid_type"],
    [{ type: "image_url", image_url: { url: "x", detail: MARK } }, `${at}.image_url.detail`, "invalid_value"],
    [{ type: "image_url", image_url: { url: "x", uuid: "u" } }, `${at}.image_url.uuid`, "unknown_parameter"],
    [{ type: "image_url", image_url: null }, `${at}.image_url`, "missing_required_parameter"],
    [{ type: "image_url", image_url: { url: "x" }, uuid: "" }, `${at}.uuid`, "invalid_value"],
    [{ type: "image_url", image_url: { url: "x" }, uuid: "u".repeat(257) }, `${at}.uuid`, "invalid_value"],
    [{ type: "image_url", image_url: { url: "x" }, uuid: 1 }, `${at}.uuid`, "invalid_type"],
    [{ type: "image_embeds", image_embeds: "AAAA" }, `${at}.image_embeds`, "embeddings_disabled"],
    [{ type: "image_embeds", image_embeds: {} }, `${at}.image_embeds`, "invalid_type"],
    [{ type: "audio_embeds", uuid: "u" }, `${at}.audio_embeds`, "embeddings_disabled"],
  ];
  for (const [part, param, code] of cases) {
    const messages = [{ role: "system", content: "s" }, { role: "user", content: [text, part] }];
    assertEquals(refusalOfMessages(messages), [param, code], JSON.stringify(part));
  }
});

Deno.test("chat request: pictures keep their place and path, in both spellings", () => {
  const content = [
    { type: "image_url", image_url: { url: "data:a", detail: "low" } },
    { type: "text", text: "and" },
    { type: "image_url", image_url: "data:b" },
  ];
  const { prompt } = parse({ messages: [{ role: "system", content: "s" }, { role: "user", content, name: "Ann" }] })
    .generate;
  const media = (url: string, at: number) => ({
    type: "media" as const,
    modality: "image" as const,
    source: { kind: "url" as const, url },
    param: `messages[1].content[${at}].image_url`,
  });
  assertEquals(prompt.kind === "chat" && prompt.messages, [
    { role: "system", content: [{ type: "text", text: "s" }] },
    { role: "user", content: [media("data:a", 0), { type: "text", text: "and" }, media("data:b", 2)], name: "Ann" },
  ]);
  for (const role of ["system", "developer", "assistant", "tool"]) {
    const messages = [{ role, content: [{ type: "image_url", image_url: "data:a" }] }];
    assertEquals(refusalOfMessages(messages), ["messages[0].content[0].image_url", "invalid_value"]);
  }
});

Deno.test("chat request: an answer of ours can be sent back as a message", () => {
  const answer = {
    role: "assistant",
    content: "yes",
    refusal: null,
    annotations: [],
    audio: null,
    function_call: null,
  };
  const { prompt } = parse({ messages: [{ role: "user", content: "hi" }, answer] }).generate;
  assertEquals(prompt.kind === "chat" && prompt.messages[1], {
    role: "assistant",
    content: [{ type: "text", text: "yes" }],
  });
});

Deno.test("chat request: seeds of 64 bits are folded, those of 32 bits stay", () => {
  const seedOf = (seed: number) => parse({ seed }).generate.sampling.seed;
  assertEquals([0, 1, 2 ** 32 - 1].map(seedOf), [0, 1, 2 ** 32 - 1]);
  assertEquals([2 ** 32, 2 ** 63, -(2 ** 63)].map(seedOf), [1, 2 ** 31, 2 ** 31]);
  assertEquals(parse({ top_k: -1 }).generate.sampling.topK, 0);
});
