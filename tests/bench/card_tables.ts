/**
 * What a model's card says of its answers: the table of all kinds of questions, and the one of what was meant.
 *
 * @module
 */
import type { Accuracy, HeldOutQuestion, Share } from "../kit/held_out.ts";

/** Kinds that ask for a colour, a kind, a number or a place, and those to be answered by yes or no. */
const LOOKED_UP = "colour colours background what count count_of place at exists check check_beside compare".split(" ");
/** Kinds whose right answer says that nothing can be read or seen. */
const HONEST = ["unclear", "long", "small", "empty", "read nothing"];

/** What the embedded model was made to reach: groups of kinds, and the percentage of right answers. */
const AIMS = [
  ["colour, kind, number, place, yes or no", LOOKED_UP, 97],
  ["description of one to three things", ["describe 1-3"], 90],
  ["digits", ["read digits"], 90],
  ["words of up to five characters", ["read 1-5"], 85],
  ["of six to eight", ["read 6-8"], 70],
  ['"cannot read" or "nothing there"', HONEST, 90],
] as const;

/** Pictures without readable text: how many answers of each renderer quote one all the same. */
export function inventedText(
  questions: readonly HeldOutQuestion[],
  answers: readonly string[],
): Record<string, Share> {
  const result: Record<string, Share> = {};
  questions.forEach(({ file, kind, renderer }, index) => {
    if (file === null || !HONEST.includes(kind)) return;
    const cell = result[renderer] ??= { right: 0, asked: 0 };
    cell.asked++;
    if (answers[index].includes('"')) cell.right++;
  });
  return result;
}

/** Counts of several cells together. */
function sum(cells: readonly (Share | undefined)[]): Share {
  const found = cells.filter((cell) => cell !== undefined);
  return {
    right: found.reduce((total, { right }) => total + right, 0),
    asked: found.reduce((total, { asked }) => total + asked, 0),
  };
}

/** Counts of several kinds together. */
function together(kinds: Accuracy[string], names: readonly string[]): Share {
  return sum(names.map((name) => kinds[name]));
}

function percent({ right, asked }: Share): string {
  return `${(100 * right / asked).toFixed(1)} %`;
}

/** The table in Markdown: a row for each kind, a column for each renderer. */
export function toTable(accuracy: Accuracy, invented: Record<string, Share>): string {
  const renderers = Object.keys(accuracy);
  const kinds = [...new Set(renderers.flatMap((name) => Object.keys(accuracy[name])))].filter((kind) => kind !== "all");
  const row = (name: string, cellOf: (renderer: string) => Share | undefined) => {
    const cells = renderers.map((renderer) => {
      const cell = cellOf(renderer);
      return cell?.asked ? `${percent(cell)} (${cell.right}/${cell.asked})` : "";
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

/** The table of what was meant, beside what all renderers together show. */
export function toAims(accuracy: Accuracy, invented: Record<string, Share>): string {
  const renderers = Object.values(accuracy);
  const rows = AIMS.map(([name, kinds, aim]) => {
    const cell = sum(renderers.map((renderer) => together(renderer, kinds)));
    return `| ${name} | ${aim} % | ${percent(cell)} (${cell.right}/${cell.asked}) |`;
  });
  rows.push(`| a text invented there | at most 5 % | ${percent(sum(Object.values(invented)))} |`);
  const [plain, jpeg] = ["canvas", "canvas, JPEG 60"].map((name) => accuracy[name]?.all);
  if (plain && jpeg) {
    const cost = 100 * (plain.right / plain.asked - jpeg.right / jpeg.asked);
    const found = `${cost > 0 ? `${cost.toFixed(1)} points` : "nothing"}: ${percent(plain)} and ${percent(jpeg)}`;
    rows.push(`| what JPEG at quality 60 costs on the canvas | at most 5 points | ${found} |`);
  }
  return ["| | meant | measured |", "| --- | --- | --- |", ...rows].join("\n");
}
