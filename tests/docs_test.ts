/**
 * The documents speak of what there is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { builtinAdapters } from "../src/models/registry.ts";
import * as authors from "../src/models/mod.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));

function documents(): string[] {
  const docs = [...Deno.readDirSync(join(ROOT, "docs"))].map(({ name }) => `docs/${name}`);
  return [...docs.filter((path) => path.endsWith(".md")), "examples/toy_vlm/README.md"].sort();
}

Deno.test("links and paths in the documents lead somewhere", () => {
  for (const path of documents()) {
    const text = Deno.readTextFileSync(join(ROOT, path));
    for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      Deno.statSync(join(ROOT, dirname(path), link));
    }
    for (const [, file] of text.matchAll(/`((?:src|routes|crates|tests|examples|docs)\/[\w./-]*)`/g)) {
      Deno.statSync(join(ROOT, file));
    }
  }
});

Deno.test("links into a document lead to a heading", () => {
  for (const path of documents()) {
    const text = Deno.readTextFileSync(join(ROOT, path));
    for (const [, link, anchor] of text.matchAll(/\]\(([\w./-]+\.md)#([^)]+)\)/g)) {
      const target = Deno.readTextFileSync(join(ROOT, dirname(path), link));
      const headings = [...target.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading.toLowerCase().replace(/[^\w\s-]/g, "").replaceAll(" ", "-")
      );
      assert(headings.includes(anchor), `${path}: no heading ${anchor} in ${link}`);
    }
  }
});

Deno.test("docs/families.md has every family that is built in, with its settings", () => {
  const text = Deno.readTextFileSync(join(ROOT, "docs/families.md"));
  const missing = builtinAdapters.map(({ modelType }) => modelType).filter((type) => !text.includes(`\`${type}\``));
  assertEquals(missing, []);
});

Deno.test("the guide and the map speak of functions that authors have", () => {
  const guide = Deno.readTextFileSync(join(ROOT, "docs/adding-a-model.md"));
  for (const [, name] of guide.matchAll(/`(read[A-Z]\w+|customProcessor|textDecoder|defineAdapter)`/g)) {
    assert(Object.hasOwn(authors, name), `docs/adding-a-model.md: no ${name} in the entry for authors`);
  }
});
