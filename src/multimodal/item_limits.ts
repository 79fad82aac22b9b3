import { InvalidRequestError, UnsupportedModalityError } from "../core/errors.ts";
import type { MediaPart, Modality } from "../core/message.ts";

/**
 * Checks the number of items before anything is fetched.
 *
 * @param limits Items per prompt: absent = unsupported, null = unlimited.
 * @throws {UnsupportedModalityError} If the model takes no items of a modality.
 * @throws {InvalidRequestError} If there are too many; `param` names the first one over the limit.
 */
export function checkItemLimits(
  parts: readonly MediaPart[],
  limits: Readonly<Partial<Record<Modality, number | null>>>,
): void {
  const counts = new Map<Modality, number>();
  for (const { modality, param } of parts) {
    const limit = limits[modality];
    const count = (counts.get(modality) ?? 0) + 1;
    counts.set(modality, count);
    if (limit === undefined) {
      const known = Object.keys(limits).join(", ") || "text only";
      throw new UnsupportedModalityError(`Expected input that the model takes (${known}): found ${modality}`, {
        param,
      });
    }
    if (limit !== null && count > limit) {
      const total = parts.filter((part) => part.modality === modality).length;
      throw new InvalidRequestError(`Expected at most ${limit} ${modality} items in one prompt: found ${total}`, {
        param,
        code: "too_many_media_items",
        hint: "The server's limit is LIMBUS_LIMIT_MM_PER_PROMPT",
      });
    }
  }
}
