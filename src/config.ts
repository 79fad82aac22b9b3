/**
 * Settings: types, defaults, and reading them from the environment or from flags. One table; a variable or flag that is not
 * in it is an error, so that a slip of the pen cannot go unnoticed.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import { ConfigError } from "./core/errors.ts";
import type { Modality } from "./core/message.ts";
import { list, oneOf, onOrOff, optional, type Setting, text, wholeNumber } from "./setting.ts";

/** What the engine needs. Plain data: it crosses to a Worker. */
export interface EngineConfig {
  /** Folder of the checkpoint, as a path or `file:` URL. */
  readonly model: string;
  /** The `model` that clients send. */
  readonly servedModelName: string;
  /** Where the networks run; `auto` takes WebGPU if there is an adapter. */
  readonly device: "auto" | "webgpu" | "wasm";
  /** Type of weights and activations; `auto` takes what the device is best at. */
  readonly dtype: "auto" | "f32" | "f16" | "q8";
  /** What runs the networks on a CPU: ONNX Runtime (`ort`), our own kernels (`core`); `auto` takes these if they can. */
  readonly executor: "auto" | "ort" | "core";
  /** Threads of the networks on the CPU, at least 1; undefined: 1 for a small model, else the cores, at most 8. */
  readonly numThreads?: number;
  /** Longest prompt and answer together, tokens; undefined: what the checkpoint allows. */
  readonly maxModelLen?: number;
  /** Sequences worked on at the same time, at least 1; undefined: 8, or as many as memory holds at full length. */
  readonly maxNumSeqs?: number;
  /** Sequences that may wait beside those, from 0. */
  readonly maxQueue: number;
  /** Items per prompt by modality; a modality left out keeps the model's own limit, 0 switches it off. */
  readonly limitMmPerPrompt?: Readonly<Partial<Record<Modality, number>>>;
  /** Largest file of one media item, bytes. */
  readonly maxMediaBytes: number;
  /** Most bytes of all media files of one request, bytes. */
  readonly maxRequestMediaBytes: number;
  /** Most pixels of one picture, by its header. */
  readonly maxImagePixels: number;
  /** Most tokens of one media item, at least 1; undefined: as many as the context holds. */
  readonly maxItemTokens?: number;
  /** Most bytes of processed items that are kept for the next request; 0 keeps none. */
  readonly processorCacheBytes: number;
  /** Memory that the engine may plan with, bytes; undefined: the host's. */
  readonly memoryBytes?: number;
  /** Longest sound, by its header, seconds. */
  readonly maxAudioSeconds: number;
  /** Hosts that media may be fetched from, as `host` or `host:port`; undefined: any public one; `none`: not at all. */
  readonly allowedMediaHosts?: readonly string[] | "none";
  /** Longest fetch of one media item, milliseconds. */
  readonly mediaTimeoutMs: number;
  /** What becomes of transparent pictures: composited on white, or their alpha dropped. */
  readonly imageAlpha: "white" | "drop";
  /**
   * Specifiers of modules with further adapters as their default exports: paths (from the working directory), URLs, names of
   * the import map.
   */
  readonly adapters: readonly string[];
}

/** What a caller may set; everything has a default. */
export type EngineSettings = Partial<EngineConfig>;

/** What the HTTP server needs. */
export interface ServerConfig {
  /** Keys of which every client must send one; empty: everybody is let in. */
  readonly apiKeys: readonly string[];
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Slowest request body, milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Longest drain after SIGTERM, milliseconds. */
  readonly shutdownMs: number;
  /** Whether requests may hold precomputed embeddings. */
  readonly enableMmEmbeds: boolean;
  /** Whether `POST /debug/crash` exists. */
  readonly debugRoutes: boolean;
  /** Origins whose pages may call; `*` for all; empty: none. */
  readonly corsOrigins: readonly string[];
}

/** Everything that can be set from outside. */
export interface Settings {
  /** For the engine. */
  readonly engine: EngineConfig;
  /** For the server around it. */
  readonly server: ServerConfig;
}

const MIB = 1024 * 1024;
/** Longest timer of JavaScript, milliseconds. */
const MAX_MS = 2 ** 31 - 1;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

function isOrigin(entry: string): boolean {
  return entry === "*" || (URL.canParse(entry) && /^https?:/.test(entry) && new URL(entry).origin === entry);
}

function isLimits(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.entries(value).every(([modality, limit]) =>
      ["image", "audio", "video"].includes(modality) && Number.isSafeInteger(limit) && limit >= 0
    );
}

const hosts = list(
  "LIMBUS_ALLOWED_MEDIA_HOSTS",
  "host or host:port, with commas between them, or none",
  (entry) => HOST.test(entry),
);

/** The settings of a config, one for each field. */
type SettingsOf<Config> = { readonly [Field in keyof Config]-?: Setting<Config[Field]> };

const ENGINE_SETTINGS: SettingsOf<EngineConfig> = {
  model: text("LIMBUS_MODEL", "the folder of a checkpoint"),
  servedModelName: text("LIMBUS_SERVED_MODEL_NAME", "a name"),
  device: oneOf("LIMBUS_DEVICE", ["auto", "webgpu", "wasm"]),
  dtype: oneOf("LIMBUS_DTYPE", ["auto", "f32", "f16", "q8"], ["q4"]),
  executor: oneOf("LIMBUS_EXECUTOR", ["auto", "ort", "core"]),
  numThreads: optional(wholeNumber("LIMBUS_NUM_THREADS", 1, 256)),
  maxModelLen: optional(wholeNumber("LIMBUS_MAX_MODEL_LEN", 1)),
  maxNumSeqs: optional(wholeNumber("LIMBUS_MAX_NUM_SEQS", 1)),
  maxQueue: wholeNumber("LIMBUS_MAX_QUEUE", 0),
  limitMmPerPrompt: optional<NonNullable<EngineConfig["limitMmPerPrompt"]>>({
    variable: "LIMBUS_LIMIT_MM_PER_PROMPT",
    expected: 'JSON such as {"image": 4, "audio": 0}',
    read: readJson,
    check: isLimits,
  }),
  maxMediaBytes: wholeNumber("LIMBUS_MAX_MEDIA_BYTES", 1),
  maxRequestMediaBytes: wholeNumber("LIMBUS_MAX_REQUEST_MEDIA_BYTES", 1),
  maxImagePixels: wholeNumber("LIMBUS_MAX_IMAGE_PIXELS", 1),
  maxItemTokens: optional(wholeNumber("LIMBUS_MAX_ITEM_TOKENS", 1)),
  processorCacheBytes: wholeNumber("LIMBUS_PROCESSOR_CACHE_BYTES", 0),
  memoryBytes: optional(wholeNumber("LIMBUS_MEMORY_BYTES", 1)),
  maxAudioSeconds: wholeNumber("LIMBUS_MAX_AUDIO_SECONDS", 1),
  allowedMediaHosts: {
    ...hosts,
    read: (value) => value === "none" ? value : hosts.read(value),
    check: (value) => value === undefined || value === "none" || hosts.check(value),
  },
  mediaTimeoutMs: wholeNumber("LIMBUS_MEDIA_TIMEOUT_MS", 1, MAX_MS),
  imageAlpha: oneOf("LIMBUS_IMAGE_ALPHA", ["white", "drop"]),
  adapters: list(
    "LIMBUS_ADAPTERS",
    "paths or URLs of modules, with commas between them",
    (entry) => /^\S+$/.test(entry),
  ),
};

const SERVER_SETTINGS: SettingsOf<ServerConfig> = {
  apiKeys: {
    ...list(
      "LIMBUS_API_KEY",
      "a key of visible ASCII characters, or several with commas between them",
      (entry) => /^[!-~]+$/.test(entry),
    ),
    secret: true,
  },
  maxBodyBytes: wholeNumber("LIMBUS_MAX_BODY_BYTES", 1),
  bodyTimeoutMs: wholeNumber("LIMBUS_BODY_TIMEOUT_MS", 1, MAX_MS),
  shutdownMs: wholeNumber("LIMBUS_SHUTDOWN_MS", 0, MAX_MS),
  enableMmEmbeds: onOrOff("LIMBUS_ENABLE_MM_EMBEDS"),
  debugRoutes: onOrOff("LIMBUS_DEBUG_ROUTES"),
  corsOrigins: list(
    "LIMBUS_CORS_ORIGINS",
    "origins such as https://example.org, with commas between them, or *",
    isOrigin,
  ),
};

/** Variables that are planned; setting one has no effect yet, so it is refused. */
const LATER = [
  "LIMBUS_ENCODER_CACHE_TOKENS",
  "LIMBUS_PREFIX_CACHING",
];

const VARIABLES = [...Object.values(ENGINE_SETTINGS), ...Object.values(SERVER_SETTINGS)].map(({ variable }) =>
  variable
);

/** The model in this package. */
const EMBEDDED_MODEL = new URL("../checkpoints/limbus-sketch", import.meta.url).href;

/**
 * Fills in the defaults of the engine's settings and checks them.
 *
 * @example
 * ```ts
 * import { resolveEngineConfig } from "./config.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = resolveEngineConfig({ model: "/models/llava-1.5-7b-hf", maxNumSeqs: 2 });
 * assertEquals(config.servedModelName, "llava-1.5-7b-hf");
 * assertEquals(config.maxQueue, 256);
 * ```
 *
 * @throws {ConfigError} If a field is unknown or out of range; `param` is its name.
 */
export function resolveEngineConfig(settings: EngineSettings = {}): EngineConfig {
  const defaults = {
    model: EMBEDDED_MODEL,
    device: "auto",
    dtype: "auto",
    executor: "auto",
    maxQueue: 256,
    maxMediaBytes: 20 * MIB,
    maxRequestMediaBytes: 128 * MIB,
    maxImagePixels: 33_554_432,
    maxAudioSeconds: 600,
    processorCacheBytes: 256 * MIB,
    mediaTimeoutMs: 5000,
    imageAlpha: "white",
    adapters: [],
  } as const;
  const given = withoutUndefined(settings);
  const servedModelName = lastPart(String(given.model ?? defaults.model));
  return checked({ ...defaults, servedModelName, ...given }, ENGINE_SETTINGS);
}

/**
 * Fills in the defaults of the server's settings and checks them.
 *
 * @throws {ConfigError} If a field is unknown or out of range; `param` is its name.
 */
export function resolveServerConfig(settings: Partial<ServerConfig> = {}): ServerConfig {
  const defaults = {
    apiKeys: [],
    maxBodyBytes: 32 * MIB,
    bodyTimeoutMs: 30_000,
    shutdownMs: 30_000,
    enableMmEmbeds: false,
    debugRoutes: false,
    corsOrigins: [],
  };
  return checked({ ...defaults, ...withoutUndefined(settings) }, SERVER_SETTINGS);
}

/**
 * Reads all settings from the environment. Variables that do not begin with `LIMBUS_` are not looked at.
 *
 * @param env Name to value, such as `Deno.env.toObject()`.
 * @throws {ConfigError} If a `LIMBUS_` variable is unknown, planned for later, or has a value that does not fit; `param` is
 * its name.
 */
export function settingsFromEnv(env: Readonly<Record<string, string>>): Settings {
  const texts = Object.entries(env).filter(([name]) => name.startsWith("LIMBUS_"));
  return settingsFromTexts(texts.map(([variable, value]) => ({ variable, shown: variable, value })));
}

/**
 * Reads settings from flags; what they leave out comes from the environment. `--max-num-seqs 4` and `--max-num-seqs=4` are
 * the flag of `LIMBUS_MAX_NUM_SEQS`.
 *
 * @param args Arguments of the command line.
 * @param env Name to value.
 * @throws {ConfigError} As {@linkcode settingsFromEnv}, and if an argument is no flag.
 */
export function settingsFromFlags(args: readonly string[], env: Readonly<Record<string, string>> = {}): Settings {
  const flags = [...VARIABLES, ...LATER].map(toFlag);
  const parsed = parseArgs([...args], {
    string: flags.map((flag) => flag.slice(2)),
    unknown(argument: string) {
      throw unknownName(argument.split("=")[0], VARIABLES.map(toFlag));
    },
  });
  const given = Object.entries(parsed).flatMap(([name, value]) => {
    const shown = `--${name}`;
    if (name === "_" || value === undefined) return [];
    const variable = `LIMBUS_${name.toUpperCase().replaceAll("-", "_")}`;
    return [{ variable, shown, value: String(Array.isArray(value) ? value.at(-1) : value) }];
  });
  const set = new Set(given.map(({ variable }) => variable));
  const rest = Object.entries(env).filter(([name]) => name.startsWith("LIMBUS_") && !set.has(name));
  return settingsFromTexts([...rest.map(([variable, value]) => ({ variable, shown: variable, value })), ...given]);
}

/** A setting as somebody wrote it. */
interface WrittenSetting {
  readonly variable: string;
  /** What its writer calls it: the variable or the flag. */
  readonly shown: string;
  readonly value: string;
}

function settingsFromTexts(written: readonly WrittenSetting[]): Settings {
  for (const { variable, shown } of written) {
    if (LATER.includes(variable)) {
      throw new ConfigError(`Expected ${shown} to be unset: it is not available in this version`, { param: shown });
    }
    if (!VARIABLES.includes(variable)) throw unknownName(shown, VARIABLES);
  }
  return {
    engine: resolveEngineConfig(readAll(written, ENGINE_SETTINGS)),
    server: resolveServerConfig(readAll(written, SERVER_SETTINGS)),
  };
}

function readAll<Config>(written: readonly WrittenSetting[], settings: SettingsOf<Config>): Partial<Config> {
  const config: Partial<Config> = {};
  for (const field in settings) {
    const setting = settings[field];
    for (const { variable, shown, value } of written) {
      if (variable !== setting.variable) continue;
      if (setting.later?.includes(value)) {
        throw new ConfigError(
          `Expected ${shown} to be ${setting.expected}: ${value} is not available in this version`,
          {
            param: shown,
          },
        );
      }
      const read = setting.read(value);
      if (read === undefined || !setting.check(read)) throw badValue(shown, setting, value);
      config[field] = read;
    }
  }
  return config;
}

function checked<Config extends object>(config: Config, settings: SettingsOf<Config>): Config {
  for (const field of Object.keys(config)) {
    if (!Object.hasOwn(settings, field)) throw unknownName(field, Object.keys(settings));
  }
  for (const field in settings) {
    if (!settings[field].check(config[field])) throw badValue(field, settings[field], config[field]);
  }
  return config;
}

function badValue(
  name: string,
  { expected, secret }: { readonly expected: string; readonly secret?: boolean },
  value: unknown,
): ConfigError {
  const found = secret ? "another value" : (JSON.stringify(value) ?? "nothing").slice(0, 80);
  return new ConfigError(`Expected ${name} to be ${expected}: found ${found}`, { param: name });
}

function unknownName(name: string, known: readonly string[]): ConfigError {
  const nearest = closestString(name, [...known]);
  return new ConfigError(`Expected a setting that is known: found ${name}`, {
    param: name,
    hint: `The nearest is ${nearest}`,
  });
}

function withoutUndefined<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}

function lastPart(path: string): string {
  return path.split(/[/\\]/).filter((part) => part !== "").at(-1) ?? path;
}

function readJson(value: string): Record<string, number> | undefined {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function toFlag(variable: string): string {
  return `--${variable.slice("LIMBUS_".length).toLowerCase().replaceAll("_", "-")}`;
}
