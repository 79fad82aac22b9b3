import { fromFileUrl } from "@std/path";

/**
 * Runs a script of this folder.
 *
 * @param python The interpreter.
 * @param script Name of the script.
 * @param args What it gets.
 * @returns The last line that it prints.
 * @throws {Error} If it fails; the message is what it says.
 */
export async function runPython(python: string, script: string, args: readonly (string | number)[]): Promise<string> {
  const file = fromFileUrl(new URL(script, import.meta.url));
  const command = new Deno.Command(python, { args: [file, ...args.map(String)] });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
}
