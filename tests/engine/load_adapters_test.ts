import { assertEquals, assertRejects } from "@std/assert";
import { relative } from "@std/path";
import { ConfigError } from "../../src/core/errors.ts";
import { createEngine } from "../../src/engine/create_engine.ts";
import { loadAdapters } from "../../src/engine/load_adapters.ts";
import { builtinAdapters } from "../../src/models/registry.ts";

/** Writes modules into a folder that lives as long as the test. */
async function withModules(modules: Record<string, string>, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, code] of Object.entries(modules)) await Deno.writeTextFile(`${folder}/${name}`, code);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A module of an adapter that fits every check. */
function adapterModule(modelType: string): string {
  return `import { defineAdapter, z } from "@limbus/limbus/adapter";
export default defineAdapter({
  modelType: "${modelType}", config: z.looseObject({}), tensorNames: (name) => [name], configure: () => { throw 0; },
});`;
}

Deno.test("adapters are found by path, by relative path and by URL, beside those of this package", async () => {
  const modules = { "a.ts": adapterModule("fam_a"), "b.ts": adapterModule("fam_b"), "c.js": adapterModule("fam_c") };
  await withModules(modules, async (folder) => {
    const specifiers = [`${folder}/a.ts`, relative(Deno.cwd(), `${folder}/b.ts`), `file://${folder}/c.js`];
    const types = (await loadAdapters(specifiers)).map(({ modelType }) => modelType);
    assertEquals(types, [...builtinAdapters.map(({ modelType }) => modelType), "fam_a", "fam_b", "fam_c"]);
  });
});

Deno.test("a module that is no adapter is refused by its specifier", async () => {
  const modules = {
    "named.ts": "export const adapter = 1;",
    "empty.ts": "",
    "object.ts": "export default { modelType: 'x' };",
    "null.ts": "export default null;",
    "throws.ts": "throw new Error('not today');",
    "syntax.ts": "export default {;",
    "llava.ts": adapterModule("llava"),
    "one.ts": adapterModule("mine"),
    "two.ts": adapterModule("mine"),
  };
  await withModules(modules, async (folder) => {
    const known = builtinAdapters.map(({ modelType }) => modelType);
    const rows: [string[], string][] = [
      [["none.ts"], `Expected adapter ${folder}/none.ts to be a module that can be imported: Module not found`],
      [["named.ts"], `Expected adapter ${folder}/named.ts to have a default export: found adapter`],
      [["empty.ts"], `Expected adapter ${folder}/empty.ts to have a default export: found no export`],
      [
        ["object.ts"],
        `Expected the default export of ${folder}/object.ts to be an adapter: Expected config of adapter x`,
      ],
      [["null.ts"], `Expected the default export of ${folder}/null.ts to be an adapter: Expected modelType`],
      [["throws.ts"], `Expected adapter ${folder}/throws.ts to be a module that can be imported: not today`],
      [["syntax.ts"], `Expected adapter ${folder}/syntax.ts to be a module that can be imported: `],
      [["llava.ts"], `other than ${known.join(", ")}: found "llava", which is an adapter of this package`],
      [
        ["one.ts", "two.ts"],
        `Expected adapter ${folder}/two.ts to have a modelType other than ${[...known, "mine"].sort().join(", ")}: ` +
        `found "mine", which is that of ${folder}/one.ts`,
      ],
    ];
    for (const [files, message] of rows) {
      const specifiers = files.map((file) => `${folder}/${file}`);
      const error = await assertRejects(() => loadAdapters(specifiers), ConfigError, message);
      assertEquals(error.param, "adapters");
    }
  });
});

Deno.test("createEngine() says what is wrong with an adapter before it loads anything", async () => {
  const settings = { adapters: ["no/such/adapter.ts"], model: "/no/such/folder" };
  const error = await assertRejects(() => createEngine(settings), ConfigError, "Expected adapter no/such/adapter.ts");
  assertEquals(error.code, "adapter_not_found");
});
