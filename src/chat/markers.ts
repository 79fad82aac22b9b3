/**
 * Marks around stretches of a conversation, by which they are found again after rendering.
 *
 * A marked stretch is `OPEN index BREAK text CLOSE`. The three characters come from Unicode's private use areas and occur
 * in no text of the conversation, so that no client can write them.
 *
 * @module
 */

/** The three characters. */
export interface Markers {
  /** Begins a marked stretch. */
  readonly open: string;
  /** Stands between index and text. */
  readonly separator: string;
  /** Ends a marked stretch. */
  readonly close: string;
}

/** A stretch of rendered text: the template's own, or a marked one with its index. */
export type Stretch =
  | { readonly index: undefined; readonly text: string }
  | { readonly index: number; readonly text: string };

/** Private use: the area of the basic plane, then planes 15 and 16. */
const PRIVATE_USE = [[0xe000, 0xf8ff], [0xf0000, 0xffffd], [0x100000, 0x10fffd]] as const;

/**
 * Finds private use characters that none of the texts holds.
 *
 * @param count How many.
 * @returns The first ones, or undefined if too few of all 137,468 are left.
 */
export function freePrivateUse(texts: readonly string[], count: number): string[] | undefined {
  const used = new Set(texts.flatMap((text) => text.match(/\p{Co}/gu) ?? []));
  const free: string[] = [];
  for (const [first, last] of PRIVATE_USE) {
    for (let code = first; code <= last && free.length < count; code++) {
      const character = String.fromCodePoint(code);
      if (!used.has(character)) free.push(character);
    }
  }
  return free.length < count ? undefined : free;
}

/** Chooses three characters that none of the texts holds; undefined if there are none. */
export function chooseMarkers(texts: readonly string[]): Markers | undefined {
  const free = freePrivateUse(texts, 3);
  return free && { open: free[0], separator: free[1], close: free[2] };
}

/** Marks a text. */
export function mark(markers: Markers, index: number, text: string): string {
  return `${markers.open}${index}${markers.separator}${text}${markers.close}`;
}

/**
 * Splits rendered text at the marks.
 *
 * @returns The stretches in order, or undefined if a mark lost its partner, which happens when a template cuts texts.
 */
export function splitAtMarks(markers: Markers, rendered: string): Stretch[] | undefined {
  const { open, separator, close } = markers;
  const any = `[^${open}${separator}${close}]*`;
  const pattern = new RegExp(`${open}(\\d+)${separator}(${any})${close}`, "gu");
  const stretches: Stretch[] = [];
  let position = 0;
  const pushTemplate = (end: number) => {
    if (end > position) stretches.push({ index: undefined, text: rendered.slice(position, end) });
  };
  for (const match of rendered.matchAll(pattern)) {
    pushTemplate(match.index);
    stretches.push({ index: Number(match[1]), text: match[2] });
    position = match.index + match[0].length;
  }
  pushTemplate(rendered.length);
  const stray = new RegExp(`[${open}${separator}${close}]`, "u");
  return stretches.some((stretch) => stretch.index === undefined && stray.test(stretch.text)) ? undefined : stretches;
}
