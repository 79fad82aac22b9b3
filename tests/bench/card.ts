/**
 * The table of a model's card, measured through the HTTP API: `deno task card --set FOLDER [--set FOLDER] --write`.
 *
 * A set is a folder with pictures and `questions.json`; the model's training recipe draws sets of any size and seed.
 * `--model` names another checkpoint (for instance a quantized copy), `--dtype` how it is computed (f32 unless named),
 * `--answers` a file for all answers, so that they can be compared with another implementation's, `--expected` one for
 * the counts alone, `--show` how many wrong answers to print. `--write` puts the table and the answers to the model's
 * examples into its card.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { resolve, toFileUrl } from "@std/path";
import { EMBEDDED_URL } from "../kit/embedded_model.ts";
import {
  type Accuracy,
  askAll,
  type Asked,
  type HeldOutQuestion,
  readQuestions,
  type Share,
  tally,
} from "../kit/held_out.ts";
import { serve } from "./served.ts";

const MEASURED = ["<!-- measured by `deno task card` -->", "<!-- end of measured -->"] as const;
const EXAMPLES = ["<!-- answered in `deno task card` -->", "<!-- end of answered -->"] as const;

/** Kinds that ask for a colour, a kind, a number or a place, and those to be answered by yes or no. */
const LOOKED_UP = "colour colours background what count count_of place at exists check check_beside compare".split(" ");
/** Kinds whose right answer says that nothing can be read or seen. */
const HONEST = ["unclear", "long", "small", "empty", "read nothing"];

/** A folder's address, with the slash at its end that makes names relative to it. */
function folderUrl(path: string): URL {
  return toFileUrl(resolve(path) + "/");
}

/** Pictures without readable text: how many answers quote one all the same. */
function inventedText(questions: readonly HeldOutQuestion[], answers: readonly string[]): Record<string, Share> {
  const result: Record<string, Share> = {};
  questions.forEach(({ file, kind, renderer }, index) => {
    if (file === null || !HONEST.includes(kind)) return;
    const cell = result[renderer] ??= { right: 0, asked: 0 };
    cell.asked++;
    if (answers[index].includes('"')) cell.right++;
  });
  return result;
}

/** Counts of several kinds together. */
function together(kinds: Accuracy[string], names: readonly string[]): Share {
  const cells = names.map((name) => kinds[name]).filter((cell) => cell !== undefined);
  return {
    right: cells.reduce((sum, { right }) => sum + right, 0),
    asked: cells.reduce((sum, { asked }) => sum + asked, 0),
  };
}

/** The table in Markdown: a row for each kind, a column for each renderer. */
export function toTable(accuracy: Accuracy, invented: Record<string, Share>): string {
  const renderers = Object.keys(accuracy);
  const kinds = [...new Set(renderers.flatMap((name) => Object.keys(accuracy[name])))].filter((kind) => kind !== "all");
  const row = (name: string, cellOf: (renderer: string) => Share | undefined) => {
    const cells = renderers.map((renderer) => {
      const cell = cellOf(renderer);
      return cell?.asked ? `${(100 * cell.right / cell.asked).toFixed(1)} % (${cell.right}/${cell.asked})` : "";
    });
    return `| ${name} | ${cells.join(" | ")} |`;
  };
  return [
    `| kind | ${renderers.join(" | ")} |`,
    `| --- |${" --- |".repeat(renderers.length)}`,
    row("**all**", (renderer) => accuracy[renderer].all),
    ...kinds.toSorted().map((kind) => row(kind, (renderer) => accuracy[renderer][kind])),
    row("_colour, kind, number, place, yes or no, together_", (renderer) => together(accuracy[renderer], LOOKED_UP)),
    row("_cannot read or nothing there, together_", (renderer) => together(accuracy[renderer], HONEST)),
    row("_a text invented there_", (renderer) => invented[renderer]),
  ].join("\n");
}

/** The model's example pictures with what it answers, whether right or not: pictures beside each other, as Markdown. */
export async function showExamples(url: string, name: string, model: URL): Promise<string> {
  const folder = new URL("examples/", model);
  const questions: Asked[] = readQuestions(folder);
  const answers = await askAll(url, name, folder, questions);
  const rows = questions.map(({ file, question }, index) =>
    `| <img src="examples/${file}" width="160" alt="${file}"> | ${question} | ${answers[index]} |`
  );
  return ["| picture | question | answer |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Puts a table between two marks of the card. */
function writeCard(card: URL, [begin, end]: readonly [string, string], table: string): void {
  const text = Deno.readTextFileSync(card);
  const from = text.indexOf(begin), to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`Expected the marks ${begin} and ${end} in ${card.pathname}: found no such`);
  }
  Deno.writeTextFileSync(card, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["model", "dtype", "answers", "expected", "show"],
    collect: ["set"],
    boolean: ["write"],
    default: { show: "20", dtype: "f32" },
  });
  const model = args.model ? folderUrl(args.model) : EMBEDDED_URL;
  const named = args.set as string[];
  const sets = named.length ? named.map(folderUrl) : [new URL("heldout/", EMBEDDED_URL)];
  await using server = await serve({
    LIMBUS_MODEL: model.href,
    LIMBUS_SERVED_MODEL_NAME: "card",
    LIMBUS_DEVICE: "wasm",
    LIMBUS_DTYPE: args.dtype,
    LIMBUS_MAX_NUM_SEQS: "4",
  });
  const questions: HeldOutQuestion[] = [], answers: string[] = [];
  for (const folder of sets) {
    const asked = readQuestions(folder);
    const began = performance.now();
    answers.push(
      ...await askAll(server.url, "card", folder, asked, (count) => {
        if (count % 50 && count < asked.length) return;
        const left = (performance.now() - began) / count * (asked.length - count) / 1000;
        console.error(`${folder.pathname}: ${count} of ${asked.length} answers, ${left.toFixed(0)} s left`);
      }),
    );
    questions.push(...asked);
  }
  const accuracy = tally(questions, answers);
  const table = toTable(accuracy, inventedText(questions, answers));
  console.log(table);
  const wrong = questions.map((question, index) => ({ ...question, reply: answers[index] }))
    .filter(({ answer, reply }) => answer !== reply);
  for (const { file, kind, question, answer, reply } of wrong.slice(0, Number(args.show))) {
    console.log(`${file ?? "no picture"} [${kind}] ${question}\n  answered ${reply}\n  expected ${answer}`);
  }
  if (args.answers) {
    const lines = questions.map(({ file, question, history }, index) => ({
      file,
      question,
      history,
      answer: answers[index],
    }));
    Deno.writeTextFileSync(args.answers, JSON.stringify(lines, null, 1) + "\n");
  }
  if (args.expected) Deno.writeTextFileSync(args.expected, JSON.stringify(accuracy) + "\n");
  if (args.write) {
    const card = new URL("README.md", model);
    writeCard(card, MEASURED, table);
    writeCard(card, EXAMPLES, await showExamples(server.url, "card", model));
  }
}
