import { assertEquals, assertThrows } from "@std/assert";
import { resolveEngineConfig, resolveServerConfig, settingsFromEnv, settingsFromFlags } from "../src/config.ts";
import { ConfigError } from "../src/core/errors.ts";

/** Variable, a text, and what it must become, for every setting there is. */
const GOOD: [string, string, "engine" | "server", string, unknown][] = [
  ["LIMBUS_MODEL", "/models/llava/", "engine", "model", "/models/llava/"],
  ["LIMBUS_SERVED_MODEL_NAME", "mine", "engine", "servedModelName", "mine"],
  ["LIMBUS_DEVICE", "wasm", "engine", "device", "wasm"],
  ["LIMBUS_DTYPE", "f16", "engine", "dtype", "f16"],
  ["LIMBUS_DTYPE", "q8", "engine", "dtype", "q8"],
  ["LIMBUS_EXECUTOR", "core", "engine", "executor", "core"],
  ["LIMBUS_NUM_THREADS", "3", "engine", "numThreads", 3],
  ["LIMBUS_MAX_MODEL_LEN", "4096", "engine", "maxModelLen", 4096],
  ["LIMBUS_MAX_NUM_SEQS", "1", "engine", "maxNumSeqs", 1],
  ["LIMBUS_MAX_QUEUE", "0", "engine", "maxQueue", 0],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", '{"image": 4, "audio": 0}', "engine", "limitMmPerPrompt", { image: 4, audio: 0 }],
  ["LIMBUS_MAX_MEDIA_BYTES", "1000", "engine", "maxMediaBytes", 1000],
  ["LIMBUS_MAX_REQUEST_MEDIA_BYTES", "2000", "engine", "maxRequestMediaBytes", 2000],
  ["LIMBUS_MAX_IMAGE_PIXELS", "64", "engine", "maxImagePixels", 64],
  ["LIMBUS_MAX_AUDIO_SECONDS", "30", "engine", "maxAudioSeconds", 30],
  ["LIMBUS_ALLOWED_MEDIA_HOSTS", "a.example, 127.0.0.1:80,[::1]:9", "engine", "allowedMediaHosts", [
    "a.example",
    "127.0.0.1:80",
    "[::1]:9",
  ]],
  ["LIMBUS_ALLOWED_MEDIA_HOSTS", "none", "engine", "allowedMediaHosts", "none"],
  ["LIMBUS_MEDIA_TIMEOUT_MS", "1", "engine", "mediaTimeoutMs", 1],
  ["LIMBUS_IMAGE_ALPHA", "drop", "engine", "imageAlpha", "drop"],
  ["LIMBUS_ADAPTERS", "my/family.ts, npm:other", "engine", "adapters", ["my/family.ts", "npm:other"]],
  ["LIMBUS_API_KEY", "a,b", "server", "apiKeys", ["a", "b"]],
  ["LIMBUS_MAX_BODY_BYTES", "9", "server", "maxBodyBytes", 9],
  ["LIMBUS_BODY_TIMEOUT_MS", "9", "server", "bodyTimeoutMs", 9],
  ["LIMBUS_SHUTDOWN_MS", "0", "server", "shutdownMs", 0],
  ["LIMBUS_MAX_ITEM_TOKENS", "9", "engine", "maxItemTokens", 9],
  ["LIMBUS_PROCESSOR_CACHE_BYTES", "0", "engine", "processorCacheBytes", 0],
  ["LIMBUS_MEMORY_BYTES", "8589934592", "engine", "memoryBytes", 8_589_934_592],
  ["LIMBUS_ENABLE_MM_EMBEDS", "1", "server", "enableMmEmbeds", true],
  ["LIMBUS_DEBUG_ROUTES", "1", "server", "debugRoutes", true],
  ["LIMBUS_CORS_ORIGINS", "https://a.example,http://localhost:8080", "server", "corsOrigins", [
    "https://a.example",
    "http://localhost:8080",
  ]],
  ["LIMBUS_CORS_ORIGINS", "*", "server", "corsOrigins", ["*"]],
];

const BAD: [string, string][] = [
  ["LIMBUS_MODEL", " "],
  ["LIMBUS_DEVICE", "gpu"],
  ["LIMBUS_DTYPE", "F16"],
  ["LIMBUS_EXECUTOR", "onnx"],
  ["LIMBUS_NUM_THREADS", "0"],
  ["LIMBUS_NUM_THREADS", "1000"],
  ["LIMBUS_MAX_MODEL_LEN", "4k"],
  ["LIMBUS_MAX_NUM_SEQS", "-1"],
  ["LIMBUS_MAX_QUEUE", "1.5"],
  ["LIMBUS_MAX_QUEUE", ""],
  ["LIMBUS_MAX_BODY_BYTES", "1e400"],
  ["LIMBUS_MAX_BODY_BYTES", "99999999999999999999"],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", "4"],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", "{image:4}"],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", '{"image":-1}'],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", '{"picture":1}'],
  ["LIMBUS_LIMIT_MM_PER_PROMPT", "null"],
  ["LIMBUS_ALLOWED_MEDIA_HOSTS", "https://a.example"],
  ["LIMBUS_ALLOWED_MEDIA_HOSTS", "a.example,"],
  ["LIMBUS_MEDIA_TIMEOUT_MS", "9999999999"],
  ["LIMBUS_IMAGE_ALPHA", "black"],
  ["LIMBUS_ADAPTERS", ""],
  ["LIMBUS_ADAPTERS", "a.ts,,b.ts"],
  ["LIMBUS_API_KEY", ""],
  ["LIMBUS_API_KEY", "good,"],
  ["LIMBUS_API_KEY", "two words"],
  ["LIMBUS_MAX_ITEM_TOKENS", "0"],
  ["LIMBUS_PROCESSOR_CACHE_BYTES", "256MiB"],
  ["LIMBUS_MEMORY_BYTES", "0"],
  ["LIMBUS_MAX_AUDIO_SECONDS", "0"],
  ["LIMBUS_MAX_AUDIO_SECONDS", "1.5"],
  ["LIMBUS_ENABLE_MM_EMBEDS", "true"],
  ["LIMBUS_DEBUG_ROUTES", "yes"],
  ["LIMBUS_CORS_ORIGINS", "https://a.example/"],
  ["LIMBUS_CORS_ORIGINS", "a.example"],
];

Deno.test("without settings the embedded model is served with the documented limits", () => {
  const { engine, server } = settingsFromEnv({ HOME: "/root", HF_TOKEN: "t" });
  assertEquals(engine.model.endsWith("/checkpoints/limbus-sketch"), true);
  assertEquals({ ...engine, model: "" }, {
    model: "",
    servedModelName: "limbus-sketch",
    device: "auto",
    dtype: "auto",
    executor: "auto",
    maxQueue: 256,
    maxMediaBytes: 20_971_520,
    maxRequestMediaBytes: 134_217_728,
    maxImagePixels: 33_554_432,
    maxAudioSeconds: 600,
    processorCacheBytes: 268_435_456,
    mediaTimeoutMs: 5000,
    imageAlpha: "white",
    adapters: [],
  });
  assertEquals(server, {
    apiKeys: [],
    maxBodyBytes: 33_554_432,
    bodyTimeoutMs: 30_000,
    shutdownMs: 30_000,
    enableMmEmbeds: false,
    debugRoutes: false,
    corsOrigins: [],
  });
});

for (const [variable, text, owner, field, value] of GOOD) {
  Deno.test(`${variable}=${text} has its effect, as a flag too`, () => {
    const flag = `--${variable.slice(7).toLowerCase().replaceAll("_", "-")}`;
    for (
      const settings of [
        settingsFromEnv({ [variable]: text }),
        settingsFromFlags([flag, text]),
        settingsFromFlags([`${flag}=${text}`], { [variable]: "not looked at" }),
        settingsFromFlags([], { [variable]: text }),
      ]
    ) {
      assertEquals((settings[owner] as unknown as Record<string, unknown>)[field], value);
    }
  });
}

Deno.test("every setting is tried above", () => {
  const tried = new Set(GOOD.map(([, , owner, field]) => `${owner}.${field}`));
  const { engine, server } = settingsFromEnv(Object.fromEntries(GOOD.map(([variable, text]) => [variable, text])));
  const all = [
    ...Object.keys(engine).map((key) => `engine.${key}`),
    ...Object.keys(server).map((key) => `server.${key}`),
  ];
  assertEquals([...tried].sort(), all.sort());
});

for (const [variable, text] of BAD) {
  Deno.test(`${variable}=${text} is refused by name`, () => {
    const error = assertThrows(() => settingsFromEnv({ [variable]: text }), ConfigError);
    assertEquals(error.param, variable);
    const found = variable === "LIMBUS_API_KEY" ? "another value" : JSON.stringify(text);
    assertEquals(error.message.startsWith(`Expected ${variable} to be `), true, error.message);
    assertEquals(error.message.endsWith(`: found ${found}`), true, error.message);
  });
}

Deno.test("keys are never shown", () => {
  const error = assertThrows(() => settingsFromEnv({ LIMBUS_API_KEY: "secret key" }), ConfigError);
  assertEquals(error.message.includes("secret"), false);
});

Deno.test("settings of later versions are refused, not ignored", () => {
  for (
    const name of [
      "PREFIX_CACHING",
      "ENCODER_CACHE_TOKENS",
    ]
  ) {
    const error = assertThrows(() => settingsFromEnv({ [`LIMBUS_${name}`]: "1" }), ConfigError, "not available");
    assertEquals(error.param, `LIMBUS_${name}`);
  }
  assertThrows(
    () => settingsFromEnv({ LIMBUS_DTYPE: "q4" }),
    ConfigError,
    "Expected LIMBUS_DTYPE to be auto or f32 or f16 or q8: q4 is not available in this version",
  );
  assertThrows(() => settingsFromFlags(["--prefix-caching", "1"]), ConfigError, "not available in this version");
});

Deno.test("an unknown name is refused with the nearest known one", () => {
  const variable = assertThrows(() => settingsFromEnv({ LIMBUS_MAX_NUM_SEQ: "4" }), ConfigError);
  assertEquals([variable.param, variable.hint], ["LIMBUS_MAX_NUM_SEQ", "The nearest is LIMBUS_MAX_NUM_SEQS"]);
  const flag = assertThrows(() => settingsFromFlags(["--modle=x"]), ConfigError);
  assertEquals([flag.param, flag.hint], ["--modle", "The nearest is --model"]);
  assertThrows(() => settingsFromFlags(["x"]), ConfigError);
  const field = assertThrows(() => resolveEngineConfig({ dvice: "wasm" } as never), ConfigError);
  assertEquals([field.param, field.hint], ["dvice", "The nearest is device"]);
});

Deno.test("a bad flag is called by its own name", () => {
  const error = assertThrows(() => settingsFromFlags(["--max-queue", "many"]), ConfigError);
  assertEquals(error.message, 'Expected --max-queue to be a whole number from 0: found "many"');
});

Deno.test("settings in code are checked like those from outside", () => {
  assertEquals(resolveEngineConfig({ maxQueue: undefined }).maxQueue, 256);
  assertEquals(resolveEngineConfig({ model: "C:\\models\\llava" }).servedModelName, "llava");
  assertEquals(resolveServerConfig({ apiKeys: ["k"] }).apiKeys, ["k"]);
  for (
    const bad of [{ maxNumSeqs: 0 }, { maxQueue: 1.5 }, { device: "gpu" }, { model: 3 }, { allowedMediaHosts: "a" }]
  ) {
    const error = assertThrows(() => resolveEngineConfig(bad as never), ConfigError);
    assertEquals(error.param, Object.keys(bad)[0]);
  }
});

Deno.test("the engine's settings cross to a Worker", () => {
  const config = settingsFromEnv({ LIMBUS_LIMIT_MM_PER_PROMPT: '{"image":1}', LIMBUS_ALLOWED_MEDIA_HOSTS: "a" }).engine;
  assertEquals(structuredClone(config), config);
});
