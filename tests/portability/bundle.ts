import { fromFileUrl } from "@std/path";
import { build, stop } from "esbuild";

const ROOT = new URL("../../", import.meta.url);

/** A JPEG file. */
export const PICTURE = Deno.readFileSync(new URL("tests/testdata/image/rgb_420.jpg", ROOT)).toBase64();

/**
 * Makes a folder with `limbus.js`, which is `smoke.ts` and all that it needs in the JavaScript of 2022, and `core_bg.wasm`.
 * The caller removes it.
 */
export async function makeBundle(): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "limbus-portable-" });
  await build({
    entryPoints: [fromFileUrl(new URL("smoke.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2022",
    external: ["*.wasm"],
    outfile: `${folder}/limbus.js`,
  });
  await stop();
  Deno.copyFileSync(new URL("wasm/core_bg.wasm", ROOT), `${folder}/core_bg.wasm`);
  return folder;
}

/** Runs a program to its end and gives what it printed; fails with its errors. */
export async function outputOf(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd, stdin: "null" }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`Expected ${command} to succeed: found\n${out}\n${err}`);
  return out;
}
