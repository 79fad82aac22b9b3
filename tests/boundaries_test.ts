/**
 * The rules of the tree, kept by machine: who may import whom, where outside packages enter, what a name may be.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, normalize, relative } from "@std/path";
import { builtinAdapters } from "../src/models/registry.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));

/** Folder to the folders that it may import from, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "wasm": [],
  "src/core": [],
  "src/compute": ["wasm", "src/core"],
  "src/scheduler": ["src/core"],
  "src/graph": ["src/core", "src/compute"],
  "src/checkpoint": ["src/core", "src/compute", "src/graph"],
  "src/chat": ["src/core"],
  "src/tokenizer": ["src/core", "src/compute"],
  "src/sampling": ["src/core", "src/compute"],
  "src/multimodal": ["src/core", "src/compute"],
  "src/runtime": ["src/core", "src/compute", "src/graph"],
  "src/models": ["src/core", "src/compute", "src/graph", "src/checkpoint", "src/multimodal"],
  "src": ["src/core"],
  "src/engine": [
    "src",
    "src/core",
    "src/compute",
    "src/chat",
    "src/checkpoint",
    "src/graph",
    "src/models",
    "src/multimodal",
    "src/runtime",
    "src/sampling",
    "src/scheduler",
    "src/tokenizer",
  ],
  // For tests of adapters; nobody imports it.
  "src/testing": [
    "src",
    "src/checkpoint",
    "src/compute",
    "src/core",
    "src/engine",
    "src/models",
    "src/multimodal",
  ],
  // The stages that need no model, for other hosts; nobody imports it.
  "src/portable": ["src/compute", "src/core", "src/multimodal", "src/sampling", "src/tokenizer"],
  "routes": ["src", "src/core", "src/engine"],
  // The published face: types and functions of any stage.
  "": [
    "routes",
    "src",
    "src/checkpoint",
    "src/core",
    "src/engine",
    "src/graph",
    "src/models",
    "src/multimodal",
    "src/tokenizer",
  ],
};

/** Outside packages and the only places that import them. */
const ENTRY: Readonly<Record<string, RegExp>> = {
  "hono": /^routes\//,
  "onnxruntime-web": /^src\/runtime\/ort_/,
  "@huggingface/jinja": /^src\/chat\/template\.ts$/,
};

function sources(dir: string): string[] {
  return [...Deno.readDirSync(join(ROOT, dir))].flatMap((entry) => {
    const path = dir === "" ? entry.name : `${dir}/${entry.name}`;
    return entry.isDirectory ? sources(path) : path.endsWith(".ts") && !path.endsWith(".d.ts") ? [path] : [];
  }).sort();
}

const FILES = ["mod.ts", ...sources("src"), ...sources("routes"), "wasm/mod.ts"];

/** `src/graph/ops/x.ts` belongs to `src/graph`, `src/config.ts` to `src`. */
function folderOf(path: string): string {
  const parts = path.split("/").slice(0, -1);
  return parts.slice(0, parts[0] === "src" ? 2 : 1).join("/");
}

/** Import specifiers, those of types included; examples in comments are not imports. */
function importsOf(path: string): string[] {
  const code = Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[\s\S]*?\*\//g, "");
  const found = code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"|new URL\("([^"]+\.ts)"/g);
  return [...found].map((match) => match[1] ?? match[2]);
}

function resolveImport(path: string, specifier: string): string {
  return relative(ROOT, normalize(join(ROOT, dirname(path), specifier)));
}

Deno.test("imports run one way", () => {
  for (const path of FILES) {
    const own = folderOf(path);
    for (const specifier of importsOf(path).filter((name) => name.startsWith("."))) {
      const target = folderOf(resolveImport(path, specifier));
      assert(
        target === own || MAY_IMPORT[own]?.includes(target),
        `${path} may not import from ${target}: ${specifier}`,
      );
    }
  }
});

Deno.test("no file imports itself by way of others", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]) => {
    if (state.get(path) === "done") return;
    assert(state.get(path) !== "open", `circle: ${[...trail, path].join(" -> ")}`);
    state.set(path, "open");
    const code = Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[\s\S]*?\*\//g, "");
    // Types vanish when the code is compiled; only imports of values can make a circle that runs.
    const runtime = code.replace(/(?:import|export) type [^;]*;/g, "");
    for (const [, specifier] of runtime.matchAll(/from\s*"(\.[^"]+\.ts)"/g)) {
      visit(resolveImport(path, specifier), [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const path of FILES) visit(path, []);
});

Deno.test("outside packages enter in one place each", () => {
  for (const path of FILES) {
    for (const specifier of importsOf(path)) {
      for (const [name, allowed] of Object.entries(ENTRY)) {
        if (specifier === name || specifier.startsWith(`${name}/`)) {
          assert(allowed.test(path), `${path} may not import ${specifier}`);
        }
      }
    }
  }
});

Deno.test("Deno's own functions are used at the rim only", () => {
  const rim =
    /^(mod\.ts|routes\/(prepare|serve)\.ts|src\/checkpoint\/folder\.ts|src\/engine\/(supervisor|worker)\.ts|src\/testing\/conformance\.ts)$/;
  for (const path of FILES.filter((path) => !rim.test(path))) {
    const code = Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*/g, "");
    assert(!/\bDeno\.(?!ServeDefaultExport)/.test(code), `${path} may not use Deno.*`);
  }
});

Deno.test("names say something and files stay short", () => {
  for (const path of FILES) {
    const name = path.split("/").at(-1)!;
    assert(!/^(utils?|helpers?|common|misc)\b/.test(name), `${path} needs a name that says what it holds`);
    const text = Deno.readTextFileSync(join(ROOT, path));
    assert(text.split("\n").length <= 400, `${path} is longer than 400 lines`);
  }
});

Deno.test("builtinAdapters are sorted and named after their files", () => {
  const types = builtinAdapters.map((adapter) => adapter.modelType);
  assertEquals(types, [...types].sort());
  for (const type of types) {
    assert(FILES.includes(`src/models/${type}.ts`), `no file src/models/${type}.ts for adapter ${type}`);
  }
});

Deno.test("the README names only files that exist", () => {
  for (const readme of ["README.md", "CONTRIBUTING.md"]) {
    const text = Deno.readTextFileSync(join(ROOT, readme));
    for (const [, path] of text.matchAll(/`((?:src|routes|crates|wasm|tests|checkpoints)\/[\w./-]*)`/g)) {
      Deno.statSync(join(ROOT, path));
    }
  }
});
