/**
 * Held-out questions: asked through the HTTP API, counted by renderer and kind.
 *
 * @module
 */
import { post } from "../bench/served.ts";

/** What is asked about which picture. */
export interface Asked {
  /** The picture's file beside `questions.json`; null for a talk without a picture. */
  readonly file: string | null;
  /** The text that is sent. */
  readonly question: string;
  /** Earlier turns about the same picture. */
  readonly history?: readonly { readonly question: string; readonly answer: string }[];
}

/** One question with the only right answer. */
export interface HeldOutQuestion extends Asked {
  /** What sort of question it is: a row of the card. */
  readonly kind: string;
  /** Who drew the picture: a column of the card. */
  readonly renderer: string;
  /** What has to come back, letter for letter. */
  readonly answer: string;
}

/** How many of those asked were right. */
export interface Share {
  right: number;
  asked: number;
}

/** Right answers by renderer, then by kind; "all" counts every kind. */
export type Accuracy = Record<string, Record<string, Share>>;

/** Reads `questions.json` of a folder. */
export function readQuestions(folder: URL): HeldOutQuestion[] {
  return JSON.parse(Deno.readTextFileSync(new URL("questions.json", folder)));
}

/** The chat that asks a question; the picture stands before the first line, as most clients send it. */
export function toMessages({ file, question, history = [] }: Asked, folder: URL): object[] {
  const turns = [...history, { question }].flatMap((turn) => [
    { role: "user", content: [{ type: "text", text: turn.question }] as object[] },
    ..."answer" in turn ? [{ role: "assistant", content: turn.answer }] : [],
  ]);
  if (file) {
    const type = file.endsWith("png") ? "image/png" : "image/jpeg";
    const url = `data:${type};base64,${Deno.readFileSync(new URL(file, folder)).toBase64()}`;
    (turns[0].content as object[]).unshift({ type: "image_url", image_url: { url } });
  }
  return turns;
}

/**
 * Asks every question, greedily, four at a time.
 *
 * @param url The server, `http://host:port`.
 * @param asked Called after each answer with how many there are by now.
 * @returns The answers in the order of the questions.
 * @throws {Error} If the server refuses a question.
 */
export async function askAll(
  url: string,
  model: string,
  folder: URL,
  questions: readonly Asked[],
  asked: (count: number) => void = () => {},
): Promise<string[]> {
  const answers: string[] = new Array(questions.length);
  let next = 0, count = 0;
  const client = async () => {
    while (next < questions.length) {
      const index = next++;
      const messages = toMessages(questions[index], folder);
      const response = await post(`${url}/v1/chat/completions`, { model, messages, max_tokens: 96, temperature: 0 });
      const body = await response.json();
      if (!response.ok) {
        throw new Error(`Expected an answer to question ${index} of ${folder.pathname}: found ${JSON.stringify(body)}`);
      }
      answers[index] = body.choices[0].message.content;
      asked(++count);
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  return answers;
}

/** Counts the answers that are right letter for letter. */
export function tally(questions: readonly HeldOutQuestion[], answers: readonly string[]): Accuracy {
  const result: Accuracy = {};
  questions.forEach(({ kind, renderer, answer }, index) => {
    for (const group of [kind, "all"]) {
      const cell = (result[renderer] ??= {})[group] ??= { right: 0, asked: 0 };
      cell.asked++;
      if (answers[index] === answer) cell.right++;
    }
  });
  return result;
}
