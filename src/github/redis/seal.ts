import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of the key, which is good for nothing else that could be made of the private key. */
const PURPOSE = 'egress-scope: what Redis keeps';

/**
 * Seals what Redis may keep and nobody may read there. A token lets its holder act as the App for an hour, and what Redis
 * knows can be read by more than the App: in its backups and copies, and by whoever else may use it. So the key is made of the
 * App's private key: every replica has it, no place has to keep another secret, and who has it can ask for tokens anyway.
 */
export class Seal {
  readonly #key: Uint8Array;

  /** @param privateKey PEM. */
  constructor(privateKey: string) {
    // However it was written down.
    const bytes = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' });
    this.#key = new Uint8Array(hkdfSync('sha256', bytes, '', PURPOSE, KEY_BYTES));
  }

  /** @param place where the text is kept; it cannot be opened anywhere else. @returns base64: nonce, tag, and what was sealed. */
  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Null for what was sealed with another key, for another place, or by nobody. */
  open(sealed: string, place: string): string | null {
    const bytes = Buffer.from(sealed, 'base64');
    const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(place))
        .setAuthTag(tag);
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      return null;
    }
  }
}
