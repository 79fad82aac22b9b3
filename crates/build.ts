/**
 * Builds the compute core into `wasm/`, or checks that what is committed there is not stale.
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
// Debian's rustc-web carries the sources of std that the wasm target needs; it must win over rustup's compiler.
const HOME = Deno.env.get("HOME")!;
const PATH = `/usr/bin:${HOME}/.cargo/bin:${Deno.env.get("PATH")}`;
const TARGET_FEATURES = "+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint";

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

/** Every file that the output depends on, sorted, so that the hash is the same on every machine. */
function sourceFiles(dir = CRATES): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(dir)) {
    const path = join(dir, entry.name);
    const isTestOnly = ["target", "tests", "benches", "fuzz"].includes(entry.name);
    if (entry.isDirectory && !isTestOnly) found.push(...sourceFiles(path));
    else if (/\.(rs|toml|lock)$/.test(entry.name)) found.push(path);
  }
  return found.sort();
}

async function hashSources(): Promise<string> {
  const text = new TextEncoder();
  return await sha256(
    sourceFiles().flatMap((path) => [text.encode(`\n${relative(CRATES, path)}\n`), Deno.readFileSync(path)]),
  );
}

function hashOutput(dir: string): Promise<string> {
  return sha256(FILES.map((name) => Deno.readFileSync(join(dir, name))));
}

async function version(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"], env: { PATH } }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** The output must not depend on where it was built, but panic messages hold the paths of sources: they get neutral names. */
async function rustFlags(): Promise<string> {
  const registry = join(Deno.env.get("CARGO_HOME") ?? join(HOME, ".cargo"), "registry", "src");
  await new Deno.Command("cargo", { args: ["fetch", "--locked"], cwd: CRATES, env: { PATH } }).output();
  const registries = [...Deno.readDirSync(registry)].map(({ name }) => join(registry, name));
  const remaps = [...registries.map((path) => `${path}=dependencies`), `${CRATES}=crates`];
  return [`-Ctarget-feature=${TARGET_FEATURES}`, ...remaps.map((remap) => `--remap-path-prefix=${remap}`)].join(" ");
}

async function build(outDir: string): Promise<void> {
  const args = ["build", "--target", "bundler", "--mode", "no-install", "--release", "--no-pack", "--no-opt"];
  args.push("--out-dir", outDir, "--out-name", "core", "bindings", "--", "-Zbuild-std=std,panic_abort", "--locked");
  const { success } = await new Deno.Command("wasm-pack", {
    args,
    cwd: CRATES,
    env: { PATH, RUSTC_BOOTSTRAP: "1", RUSTFLAGS: await rustFlags() },
  }).spawn().status;
  if (!success) throw new Error("wasm-pack failed; see CONTRIBUTING.md for the tools that the build needs");
  await Deno.remove(join(outDir, ".gitignore")).catch(() => {});
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

Deno.exit(await main(Deno.args[0]));
