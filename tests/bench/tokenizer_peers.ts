/** Other tokenizers from npm, pinned; only the bench imports them, by names that it computes, so that they are no dependencies. */

/** Text to ids and back; native code answers later. */
export interface Encoder {
  encode(text: string): ArrayLike<number> | Promise<ArrayLike<number>>;
  decode(ids: ArrayLike<number>): string | Promise<string>;
}

/** What npm's `tiktoken` carries for one vocabulary. */
interface Ranks {
  readonly bpe_ranks: string;
  readonly special_tokens: Record<string, number>;
  readonly pat_str: string;
}

const numbers = (ids: ArrayLike<number>) => Array.isArray(ids) ? ids : Array.from(ids);
const npm = (name: string) => import(`npm:${name}`);

/** Hugging Face's own, native code behind Node's interface. */
async function loadNative(file: string): Promise<Encoder> {
  const { Tokenizer } = await npm("tokenizers@0.23.2");
  const tokenizer = Tokenizer.fromFile(file);
  return {
    encode: async (text) => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds(),
    decode: (ids) => tokenizer.decode(numbers(ids), false),
  };
}

async function loadKitoken(file: string): Promise<Encoder> {
  const { Kitoken } = await npm("kitoken@0.10.1/node");
  const tokenizer = Kitoken.from_tokenizers(Deno.readFileSync(file));
  const text = new TextDecoder();
  return {
    encode: (text) => tokenizer.encode(text, false),
    decode: (ids) => text.decode(tokenizer.decode(Uint32Array.from(ids), false)),
  };
}

async function loadScript(file: string): Promise<Encoder> {
  const { Tokenizer } = await npm("@huggingface/tokenizers@0.2.0");
  const tokenizer = new Tokenizer(JSON.parse(Deno.readTextFileSync(file)), {});
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) => tokenizer.decode(numbers(ids), { clean_up_tokenization_spaces: false }),
  };
}

async function loadTiktoken({ bpe_ranks, special_tokens, pat_str }: Ranks): Promise<Encoder> {
  const { Tiktoken } = await npm("tiktoken@1.0.22/lite");
  const tokenizer = new Tiktoken(bpe_ranks, special_tokens, pat_str);
  const text = new TextDecoder();
  return {
    encode: (text) => tokenizer.encode(text, [], []),
    decode: (ids) => text.decode(tokenizer.decode(Uint32Array.from(ids))),
  };
}

async function loadGptTokenizer(): Promise<Encoder> {
  const { encode, decode } = await npm("gpt-tokenizer@4.0.0/encoding/o200k_base");
  return { encode: (text) => encode(text), decode: (ids) => decode(numbers(ids)) };
}

/** All peers that can read a `tokenizer.json`, and for o200k those that have it built in. */
export async function loadPeers(file: string, ranks?: Ranks): Promise<Map<string, Encoder>> {
  const peers = new Map<string, Encoder>();
  const load = async (name: string, peer: Promise<Encoder>) => {
    try {
      peers.set(name, await peer);
    } catch (error) {
      console.log(`${name} is left out: ${error instanceof Error ? error.message : error}`);
    }
  };
  await load("tokenizers", loadNative(file));
  await load("kitoken", loadKitoken(file));
  await load("@huggingface/tokenizers", loadScript(file));
  if (ranks) {
    await load("tiktoken", loadTiktoken(ranks));
    await load("gpt-tokenizer", loadGptTokenizer());
  }
  return peers;
}
