/**
 * The table of a model's card, measured through the HTTP API: `deno task card --set FOLDER [--set FOLDER] --write`.
 *
 * A set is a folder with pictures and `questions.json`; the model's training recipe draws sets of any size and seed.
 * `--model` names another checkpoint (for instance a quantized copy), `--dtype` how it is computed (f32 unless named),
 * `--answers` a file for all answers, so that they can be compared with another implementation's, `--expected` one for
 * the counts alone, `--show` how many wrong answers to print. `--write` puts the tables and the answers to the
 * model's examples into its card.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { resolve, toFileUrl } from "@std/path";
import { EMBEDDED_URL } from "../kit/embedded_model.ts";
import { askAll, type Asked, type HeldOutQuestion, readQuestions, tally } from "../kit/held_out.ts";
import { inventedText, toAims, toTable } from "./card_tables.ts";
import { otherArgument } from "./options.ts";
import { serve } from "./served.ts";

const MEASURED = ["<!-- measured by `deno task card` -->", "<!-- end of measured -->"] as const;
const AIMED = ["<!-- aims of `deno task card` -->", "<!-- end of aims -->"] as const;
const EXAMPLES = ["<!-- answered in `deno task card` -->", "<!-- end of answered -->"] as const;

/** A folder's address, with the slash at its end that makes names relative to it. */
function folderUrl(path: string): URL {
  return toFileUrl(resolve(path) + "/");
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
    unknown: otherArgument(
      "deno task card [--set FOLDER]... [--model FOLDER] [--dtype NAME] [--answers FILE] [--expected FILE] [--show COUNT] [--write]",
    ),
  });
  const model = args.model ? folderUrl(args.model) : EMBEDDED_URL;
  const named = (args.set ?? []) as string[];
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
  const invented = inventedText(questions, answers);
  const table = toTable(accuracy, invented);
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
    writeCard(card, AIMED, toAims(accuracy, invented));
    writeCard(card, EXAMPLES, await showExamples(server.url, "card", model));
  }
}
