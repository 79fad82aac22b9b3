import { batchEqualsSingle, rowsEqualTheirItem } from "./laws/answers.ts";
import { cachedEqualsUncached } from "./laws/cache.ts";
import { equalItemsGiveEqualRows, orderIsKept, rowsFitTheirPositions, togetherEqualsOneByOne } from "./laws/items.ts";
import { fieldsShareOutBatches } from "./laws/fields.ts";
import type { Law } from "./laws/law.ts";
import { limitsAreKept, othersAreRefused, unknownKwargsAreRefused } from "./laws/limits.ts";
import { textEqualsIds, typedTextIsInert } from "./laws/prompts.ts";
import { formulaFitsThePrompt, worstCaseIsWorst } from "./laws/sizes.ts";
import { ConformanceSession } from "./session.ts";
import type { ConformanceSubject } from "./subject.ts";

/** The laws that hold for every adapter, in the order in which they are best read: the first that fails says most. */
export const LAWS: readonly Law[] = [
  textEqualsIds,
  typedTextIsInert,
  formulaFitsThePrompt,
  rowsFitTheirPositions,
  worstCaseIsWorst,
  fieldsShareOutBatches,
  togetherEqualsOneByOne,
  equalItemsGiveEqualRows,
  orderIsKept,
  cachedEqualsUncached,
  rowsEqualTheirItem,
  limitsAreKept,
  othersAreRefused,
  unknownKwargsAreRefused,
  batchEqualsSingle,
];

/**
 * Tries every law, with whatever runner: the first that does not hold throws.
 *
 * @param subject What is tested.
 * @throws {Error} Naming the law; its cause says what was expected and what was found.
 */
export async function checkConformance(subject: ConformanceSubject): Promise<void> {
  await using session = await ConformanceSession.open(subject);
  for (const { name, check } of LAWS) {
    try {
      await check(session);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`Expected ${subject.name} to keep the law "${name}": ${message}`, { cause });
    }
  }
}

/**
 * Registers one `Deno.test` with a step for each law.
 *
 * @example
 * ```ts ignore
 * import { testConformance } from "@limbus/limbus/testing";
 * import adapter from "./my_family.ts";
 *
 * testConformance({ name: "my_family", adapter, checkpoint: new URL("./tiny-checkpoint", import.meta.url) });
 * ```
 *
 * @param subject What is tested.
 */
export function testConformance(subject: ConformanceSubject): void {
  Deno.test(`${subject.name} keeps the laws of an adapter`, async (t) => {
    await using session = await ConformanceSession.open(subject);
    for (const { name, check } of LAWS) await t.step(name, () => check(session));
  });
}
