/**
 * Builds the compute core into `wasm/` and the kernels of the CPU executor into `wasm/kernels/`, or checks that what is
 * committed there is not stale. The kernels are a module of their own: they need relaxed SIMD and a shared memory, which not
 * every host has, and they are built only when their sources have changed.
 *
 *     deno task wasm            # build
 *     deno task wasm --check    # exit code 1 if the sources have changed since the last build
 *     deno task wasm --rebuild  # build elsewhere and compare, if this is the compiler of the last build
 *
 * The committed manifest holds a hash of the sources, a hash of the output and the compiler's version. Another compiler
 * gives other bytes for the same sources, so bytes are compared only when the versions are equal.
 *
 * @module
 */
import { dirname, fromFileUrl, join, relative } from "@std/path";

const CRATES = dirname(fromFileUrl(import.meta.url));
const OUT = join(dirname(CRATES), "wasm");
const FILES = ["core_bg.wasm", "core_bg.js", "core.js", "core.d.ts", "core_bg.wasm.d.ts"];
/** The crates of the kernels; the core does not use them. */
const KERNEL_CRATES = ["kernels", "executor"];
const KERNELS_OUT = join(OUT, "kernels");
const KERNELS_FILE = "kernels.wasm";
// Debian's rustc-web carries the sources of std that the wasm target needs; it must win over rustup's compiler.
const HOME = Deno.env.get("HOME")!;
const PATH = `/usr/bin:${HOME}/.cargo/bin:${Deno.env.get("PATH")}`;
const TARGET_FEATURES = "+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint";
/** One memory, shared by the instances of all threads; each has a stack of its own. */
const KERNEL_LINK_ARGS = [
  "--import-memory",
  "--shared-memory",
  "--max-memory=4294967296",
  "--export=__stack_pointer",
  "--export=__heap_base",
];

interface Manifest {
  sources: string;
  output: string;
  rustc: string;
  wasmBindgen: string;
}

async function sha256(chunks: Uint8Array[]): Promise<string> {
  const whole = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
}

/** Every file that an output depends on, sorted, so that the hash is the same on every machine. */
function sourceFiles(dir: string, skipped: readonly string[] = []): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(dir)) {
    const path = join(dir, entry.name);
    const isOther = ["target", "tests", "examples", "benches", "fuzz", ...skipped].includes(entry.name);
    if (entry.isDirectory && !isOther) found.push(...sourceFiles(path));
    else if (/\.(rs|toml|lock)$/.test(entry.name)) found.push(path);
  }
  return found.sort();
}

async function hashFiles(paths: readonly string[]): Promise<string> {
  const text = new TextEncoder();
  return await sha256(
    paths.flatMap((path) => [text.encode(`\n${relative(CRATES, path)}\n`), Deno.readFileSync(path)]),
  );
}

function hashSources(): Promise<string> {
  return hashFiles(sourceFiles(CRATES, KERNEL_CRATES));
}

function hashKernelSources(): Promise<string> {
  return hashFiles(KERNEL_CRATES.flatMap((name) => sourceFiles(join(CRATES, name))));
}

function hashOutput(dir: string, files: readonly string[] = FILES): Promise<string> {
  return sha256(files.map((name) => Deno.readFileSync(join(dir, name))));
}

async function version(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"], env: { PATH } }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** The output must not depend on where it was built, but panic messages hold the paths of sources: they get neutral names. */
async function rustFlags(features: string): Promise<string> {
  const registry = join(Deno.env.get("CARGO_HOME") ?? join(HOME, ".cargo"), "registry", "src");
  await new Deno.Command("cargo", { args: ["fetch", "--locked"], cwd: CRATES, env: { PATH } }).output();
  const registries = [...Deno.readDirSync(registry)].map(({ name }) => join(registry, name));
  const remaps = [...registries.map((path) => `${path}=dependencies`), `${CRATES}=crates`];
  return [`-Ctarget-feature=${features}`, ...remaps.map((remap) => `--remap-path-prefix=${remap}`)].join(" ");
}

async function build(outDir: string): Promise<void> {
  const args = ["build", "--target", "bundler", "--mode", "no-install", "--release", "--no-pack", "--no-opt"];
  args.push("--out-dir", outDir, "--out-name", "core", "bindings", "--", "-Zbuild-std=std,panic_abort", "--locked");
  const { success } = await new Deno.Command("wasm-pack", {
    args,
    cwd: CRATES,
    env: { PATH, RUSTC_BOOTSTRAP: "1", RUSTFLAGS: await rustFlags(TARGET_FEATURES) },
  }).spawn().status;
  if (!success) throw new Error("wasm-pack failed; see CONTRIBUTING.md for the tools that the build needs");
  await Deno.remove(join(outDir, ".gitignore")).catch(() => {});
}

/** LLVM's loop strength reduction makes an address of its own for every load of the matrix product: a quarter slower. */
async function buildKernels(outDir: string): Promise<void> {
  const flags = await rustFlags(`${TARGET_FEATURES},+relaxed-simd,+atomics`);
  const links = KERNEL_LINK_ARGS.map((arg) => `-Clink-arg=${arg}`).join(" ");
  const target = join(CRATES, "target", "kernels");
  const args = ["build", "--release", "--locked", "-p", "limbus-executor", "--target", "wasm32-unknown-unknown"];
  const { success } = await new Deno.Command("cargo", {
    args: [...args, "-Zbuild-std=core,panic_abort"],
    cwd: CRATES,
    env: {
      PATH,
      RUSTC_BOOTSTRAP: "1",
      RUSTFLAGS: `${flags} -Cllvm-args=-disable-lsr ${links}`,
      CARGO_TARGET_DIR: target,
    },
  }).spawn().status;
  if (!success) throw new Error("cargo failed; see CONTRIBUTING.md for the tools that the build needs");
  Deno.mkdirSync(outDir, { recursive: true });
  Deno.copyFileSync(
    join(target, "wasm32-unknown-unknown", "release", "limbus_executor.wasm"),
    join(outDir, KERNELS_FILE),
  );
}

interface KernelManifest {
  sources: string;
  output: string;
  rustc: string;
}

function readKernelManifest(): KernelManifest | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(join(KERNELS_OUT, "manifest.json")));
  } catch {
    return undefined; // never built
  }
}

/** Builds, checks or compares the kernels, as {@linkcode main} does the core. */
async function mainKernels(mode: string | undefined): Promise<number> {
  const manifest = readKernelManifest();
  const sources = await hashKernelSources();
  const isFresh = manifest?.sources === sources && manifest.output === await hashOutput(KERNELS_OUT, [KERNELS_FILE]);
  if (mode === undefined) {
    if (isFresh) return 0;
    await buildKernels(KERNELS_OUT);
    const output = await hashOutput(KERNELS_OUT, [KERNELS_FILE]);
    const built: KernelManifest = { sources, output, rustc: await version("rustc") };
    Deno.writeTextFileSync(join(KERNELS_OUT, "manifest.json"), JSON.stringify(built, null, 2) + "\n");
    console.log(`wasm/kernels/ built: ${(Deno.statSync(join(KERNELS_OUT, KERNELS_FILE)).size / 1024).toFixed(0)} KiB`);
    return 0;
  }
  if (!isFresh) {
    console.error("wasm/kernels/ is stale: its sources have changed since it was built; run `deno task wasm`");
    return 1;
  }
  if (mode !== "--rebuild" || manifest.rustc !== await version("rustc")) return 0;
  const dir = Deno.makeTempDirSync();
  await buildKernels(dir);
  if (await hashOutput(dir, [KERNELS_FILE]) === manifest.output) return 0;
  console.error("wasm/kernels/ differs from a fresh build by the same compiler; run `deno task wasm`");
  return 1;
}

async function main(mode: string | undefined): Promise<number> {
  const manifestPath = join(OUT, "manifest.json");
  const sources = await hashSources();
  if (mode === undefined) {
    await build(OUT);
    const manifest: Manifest = {
      sources,
      output: await hashOutput(OUT),
      rustc: await version("rustc"),
      wasmBindgen: await version("wasm-bindgen"),
    };
    Deno.writeTextFileSync(manifestPath, JSON.stringify(manifest, null, 2) + "\n");
    console.log(`wasm/ built: ${(Deno.statSync(join(OUT, FILES[0])).size / 1024).toFixed(0)} KiB`);
    return 0;
  }
  const manifest: Manifest = JSON.parse(Deno.readTextFileSync(manifestPath));
  if (manifest.sources !== sources || manifest.output !== await hashOutput(OUT)) {
    console.error("wasm/ is stale: the sources in crates/ have changed since it was built; run `deno task wasm`");
    return 1;
  }
  if (mode === "--rebuild") {
    const dir = Deno.makeTempDirSync();
    await build(dir);
    const same = manifest.output === await hashOutput(dir);
    const sameCompiler = manifest.rustc === await version("rustc");
    if (!same && sameCompiler) {
      console.error("wasm/ differs from a fresh build by the same compiler; run `deno task wasm`");
      return 1;
    }
    if (!same) console.log(`wasm/ was built by ${manifest.rustc}, this is another compiler: bytes not compared`);
  }
  console.log("wasm/ is up to date");
  return 0;
}

/** Most bytes of the core after gzip: what a page or an edge host has to fetch. */
const MAX_COMPRESSED = 2_000_000;

/** Prints how large the modules are; 1 if the core has become too large. */
async function reportSizes(): Promise<number> {
  let isTooLarge = false;
  for (const [name, path] of [["core", join(OUT, FILES[0])], ["kernels", join(KERNELS_OUT, KERNELS_FILE)]]) {
    const bytes = Deno.readFileSync(path);
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    const { byteLength } = await new Response(packed).arrayBuffer();
    console.log(`${name}: ${bytes.length} bytes, ${byteLength} after gzip (at most ${MAX_COMPRESSED})`);
    isTooLarge ||= byteLength > MAX_COMPRESSED;
  }
  if (isTooLarge) console.error(`Expected modules of at most ${MAX_COMPRESSED} bytes after gzip: found a larger one`);
  return isTooLarge ? 1 : 0;
}

const [mode] = Deno.args;
Deno.exit(await main(mode) || await mainKernels(mode) || await reportSizes());
