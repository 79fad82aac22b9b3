/** A mistyped option ends a bench, instead of a long run that measures something else. */
import { assertEquals, assertStringIncludes } from "@std/assert";

/** Runs one of the benches' commands; on a fresh machine Deno tells its downloads on the second stream, too. */
async function run(file: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", new URL(`../bench/${file}`, import.meta.url).href, ...args],
  });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("an option that a bench does not have is an error with its usage", async () => {
  for (const file of ["main.ts", "card.ts"]) {
    const { code, err } = await run(file, "--recrod");
    assertEquals(code, 2);
    assertStringIncludes(err, "Expected an option of this command: --recrod\ndeno task");
  }
});

Deno.test("a bench that does not exist is an error with the names of those that do", async () => {
  const { code, err } = await run("main.ts", "--only", "toString");
  assertEquals(code, 2);
  assertStringIncludes(err, "tokenizer_load, transformers");
});

Deno.test("--help prints how a bench is used and runs nothing", async () => {
  for (const file of ["main.ts", "card.ts"]) {
    const { code, out } = await run(file, "--help");
    assertEquals(code, 0);
    assertStringIncludes(out, "deno task");
    assertEquals(out.trim().split("\n").length, 1);
  }
});
