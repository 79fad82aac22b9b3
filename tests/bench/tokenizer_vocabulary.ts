/** The vocabulary of o200k as a `tokenizer.json`, built from the ranks that npm's `tiktoken` carries. */

interface Ranks {
  readonly pat_str: string;
  readonly bpe_ranks: string;
}

/** Latin-1 string of bytes: a key of a map that costs little. */
function binary(base64: string): string {
  return atob(base64);
}

/** The two parts of which the last merge makes a token: byte pair encoding of it with the ranks below its own. */
function mergeOf(token: string, rank: number, ranks: ReadonlyMap<string, number>): [string, string] {
  const parts = [...token];
  while (parts.length > 2) {
    let [best, place] = [rank, -1];
    for (let at = 0; at + 1 < parts.length; at++) {
      const found = ranks.get(parts[at] + parts[at + 1]);
      if (found !== undefined && found < best) [best, place] = [found, at];
    }
    if (place < 0) throw new Error(`Expected the token ${rank} to be a merge of others: found none`);
    parts.splice(place, 2, parts[place] + parts[place + 1]);
  }
  return [parts[0], parts[1]];
}

/** Characters that stand for bytes in byte-level vocabularies, by byte. */
function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = byte >= 0x21 && byte <= 0x7e || byte >= 0xa1 && byte <= 0xac || byte >= 0xae;
    return String.fromCharCode(itself ? byte : next++);
  });
}

/** Turns ranks into a `tokenizer.json`. */
export function tokenizerJson({ pat_str, bpe_ranks }: Ranks, special: Record<string, number> = {}): object {
  const ranks = new Map<string, number>();
  for (const line of bpe_ranks.split("\n")) {
    const [, offset, ...tokens] = line.split(" ");
    tokens.forEach((token, index) => ranks.set(binary(token), Number(offset) + index));
  }
  const letters = alphabet();
  const spell = (token: string) => token.replace(/[^]/g, (byte) => letters[byte.charCodeAt(0)]);
  const vocab: [string, number][] = [];
  const merges: [string, string][] = [];
  for (const [token, rank] of ranks) {
    vocab.push([spell(token), rank]);
    if (token.length < 2) continue;
    const [left, right] = mergeOf(token, rank, ranks);
    merges.push([spell(left), spell(right)]);
  }
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  const split = { type: "Split", pattern: { Regex: pat_str }, behavior: "Isolated", invert: false };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.entries(special).map(([content, id]) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
}
