import { rankOf, type ComparedVerdict } from '../reachability/verdict.js';

/** A sign for each verdict, so that none is told by its colour alone. */
export const VERDICT_MARKS = {
  meshed: '●',
  'no-endpoints': '∅',
  unmeshed: '○',
  refused: '⊗',
  blocked: '■',
  misrouted: '≠',
  unroutable: '?',
  bypass: '◇',
  absent: '–',
} as const satisfies Record<ComparedVerdict, string>;

export function verdictClass(verdict: ComparedVerdict): 'good' | 'outside' | 'broken' | 'gone' {
  return verdict === 'absent' ? 'gone' : (['good', 'outside', 'broken'] as const)[rankOf(verdict)];
}
