import { addressesInValue } from './address-in-value.js';
import { canonicalName, mayNameHost } from './address-name.js';
import type { WrittenAddress } from './written-address.js';

/** Looks up a value by the canonical name of its variable or flag. */
export type PortOf = (canonicalName: string) => string | undefined;

export interface CommandAddress {
  readonly address: WrittenAddress;
  /** The index of the word in which it stands. */
  readonly word: number;
  /** The flag whose value it is, or null. */
  readonly name: string | null;
}

const ASSIGNMENT = /^(-{0,2}[A-Za-z][\w.-]{0,127})=([^\s=]*)$/;
const FLAG = /^-{1,2}[A-Za-z][\w.-]{0,127}$/;

/** The addresses on a command line: in `--flag=value`, `--flag value`, `key=value`, `host port` and words of their own. */
export function addressesInCommandLine(words: readonly string[]): { found: CommandAddress[]; flagValue: PortOf } {
  const found: CommandAddress[] = [];
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const assignment = ASSIGNMENT.exec(word);
    const flag = FLAG.test(words[index - 1] ?? '') ? words[index - 1]! : null;
    const name = assignment !== null ? assignment[1]! : flag !== null && namesHost(flag) ? flag : null;
    const value = assignment?.[2] ?? word;
    const key = assignment?.[1] ?? flag;
    if (key !== null) flags.set(canonicalName(key), value);
    // `nc -z db 5432`: two words that make one address.
    const next = words[index + 1] ?? '';
    const isPair = name === null && /^[0-9]{1,5}$/.test(next) && /^[A-Za-z0-9.-]{1,253}$/.test(value);
    for (const address of addressesInValue(name, isPair ? `${value} ${next}` : value)) {
      found.push({ address, word: index, name });
    }
  }
  return { found, flagValue: (canonical) => flags.get(canonical) };
}

function namesHost(flag: string): boolean {
  return /^-[hH]$/.test(flag) || mayNameHost(flag);
}
