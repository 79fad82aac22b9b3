/**
 * Builds the compute core with overflow checks and debug assertions, which the committed one is without, and runs tests
 * with it: by default the replay of the corpus. Sizes have 32 bits there, so other sums overflow than in the fuzzer.
 *
 *     deno run -A crates/fuzz/checked.ts [TEST...]
 *
 * @module
 */
import { dirname, fromFileUrl, join, toFileUrl } from "@std/path";

const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));
const CRATES = join(ROOT, "crates");
const OUT = join(CRATES, "target", "checked");
const PATH = `/usr/bin:${Deno.env.get("HOME")}/.cargo/bin:${Deno.env.get("PATH")}`;

const { success: built } = await new Deno.Command("wasm-pack", {
  args: ["build", "--target", "bundler", "--mode", "no-install", "--release", "--no-pack", "--no-opt"].concat(
    ["--out-dir", OUT, "--out-name", "core", "bindings", "--", "-Zbuild-std=std,panic_abort", "--locked"],
  ),
  cwd: CRATES,
  env: {
    PATH,
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: "-Ctarget-feature=+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint",
    CARGO_TARGET_DIR: join(CRATES, "target", "checked-build"),
    CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS: "true",
    CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS: "true",
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
    CARGO_PROFILE_RELEASE_STRIP: "false",
  },
}).spawn().status;
if (!built) throw new Error("wasm-pack failed; see CONTRIBUTING.md for the tools that the build needs");

// The same modules, but for the core.
const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
const core = { [toFileUrl(join(ROOT, "wasm", "core.js")).href]: toFileUrl(join(OUT, "core.js")).href };
const map = join(OUT, "import_map.json");
Deno.writeTextFileSync(map, JSON.stringify({ imports: { ...imports, ...core } }));
const tests = Deno.args.length > 0 ? Deno.args : ["tests/compute/fuzz_corpus_test.ts"];
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--no-check", "--no-lock", `--import-map=${map}`, ...tests],
  cwd: ROOT,
}).spawn().status;
Deno.exit(code);
