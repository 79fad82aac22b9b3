import type { z } from "zod";

/** What a schema found wrong with a nested configuration, if anything. */
interface NestedResult {
  readonly error?: z.ZodError;
}

/**
 * Passes on what is wrong with nested configurations, each problem under the key of its configuration.
 *
 * @param context Where the outer schema collects its problems.
 * @param results What `safeParse` gave for each nested configuration, by its key; an empty key is the outer object itself.
 */
export function addNestedIssues(context: z.RefinementCtx, results: Readonly<Record<string, NestedResult>>): void {
  for (const [key, { error }] of Object.entries(results)) {
    const prefix = key === "" ? [] : [key];
    for (const issue of error?.issues ?? []) {
      context.issues.push({ ...issue, path: [...prefix, ...issue.path] } as never);
    }
  }
}
