import { createHash, hash } from 'node:crypto';
import { endianness } from 'node:os';
import type { JsonValue } from '../kubernetes/manifest.js';
import { ValueUnpacker, type PackedValues } from '../kubernetes/packed-values.js';

/** Where values are packed, by the digests of what they are of; null in the place of what is not worth to be kept. */
export type Places = ReadonlyMap<string, number | null>;

const DIGEST_BYTES = 32;
const WORD_BYTES = 4;
const NOWHERE = 2 ** 32 - 1;

/** SHA-256, a character a byte: somebody may have made two contents that are to be taken for each other. */
export function digestOfContent(content: Uint8Array): string {
  return hash('sha256', content, 'binary');
}

/**
 * A pack as it is written: a checksum; how many places and tokens there are; the digests, their places, the tokens; and the texts as
 * JSON. The checksum is also of the program that made the pack, and of the order of bytes that its machine has.
 */
export function bytesOfPack(places: Places, { tokens, texts }: PackedValues, program: string): Uint8Array {
  const rest = Buffer.concat([
    bytesOf(Uint32Array.of(places.size, tokens.length)),
    Buffer.from([...places.keys()].join(''), 'latin1'),
    bytesOf(Uint32Array.from(places.values(), (place) => place ?? NOWHERE)),
    bytesOf(tokens),
    Buffer.from(JSON.stringify(texts)),
  ]);
  return Buffer.concat([checksumOf(rest, program), rest]);
}

/** A pack that was read: no value is made before it is asked for. */
export class ParsedPack {
  readonly #places = new Map<string, number>();
  readonly #values: ValueUnpacker;

  private constructor(bytes: Buffer) {
    const [count = 0, tokenCount = 0] = wordsOf(bytes, DIGEST_BYTES, 2);
    const digestsAt = DIGEST_BYTES + 2 * WORD_BYTES;
    const placesAt = digestsAt + count * DIGEST_BYTES;
    const tokensAt = placesAt + count * WORD_BYTES;
    const textsAt = tokensAt + tokenCount * WORD_BYTES;
    const digests = bytes.toString('latin1', digestsAt, placesAt);
    for (const [index, place] of wordsOf(bytes, placesAt, count).entries()) {
      this.#places.set(digests.slice(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES), place);
    }
    const tokens = wordsOf(bytes, tokensAt, tokenCount);
    this.#values = new ValueUnpacker({ tokens, texts: JSON.parse(bytes.toString('utf8', textsAt)) as string[] });
  }

  /** Null for bytes that are not as this very program has written them. */
  static of(bytes: Buffer, program: string): ParsedPack | null {
    const isWhole = checksumOf(bytes.subarray(DIGEST_BYTES), program).equals(bytes.subarray(0, DIGEST_BYTES));
    return isWhole ? new ParsedPack(bytes) : null;
  }

  /** Null for what is known not to be worth to be kept; undefined for what is not known. */
  find(digest: string): JsonValue | undefined {
    const place = this.#places.get(digest);
    if (place === undefined) return undefined;
    return place === NOWHERE ? null : this.#values.unpack(place);
  }
}

function checksumOf(rest: Uint8Array, program: string): Buffer {
  return createHash('sha256').update(`${program} ${endianness()}\n`).update(rest).digest();
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function wordsOf({ buffer, byteOffset }: Uint8Array, at: number, count: number): Uint32Array {
  return new Uint32Array(buffer, byteOffset + at, count);
}
