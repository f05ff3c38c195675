import { element } from './dom.js';
import { findingCard, findingId } from './finding-card.js';
import type { Report } from './report.js';

const AT_ONCE = 50;

export interface FindingList {
  readonly show: (findings: readonly number[]) => void;
  /** Brings one of the shown findings into view, and gives it the focus. */
  readonly goTo: (finding: number) => void;
}

/** The findings as cards, so many at a time: a change can have thousands. */
export function findingList(report: Report, place: HTMLElement): FindingList {
  const cards = element('div', { class: 'cards' });
  const more = element('button', { type: 'button', class: 'more-findings' });
  const none = element('p', { class: 'soft' }, 'No finding fits the filter.');
  place.replaceChildren(cards, more, none);
  let findings: readonly number[] = [];
  let shown = 0;
  const add = (): void => {
    const next = findings.slice(shown, shown + AT_ONCE);
    cards.append(...next.map((finding) => findingCard(report, finding)));
    shown += next.length;
    const left = findings.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, AT_ONCE)} more of ${left.toLocaleString('en')}`;
    none.hidden = findings.length > 0;
  };
  more.addEventListener('click', () => {
    const first = findings[shown];
    add();
    if (first !== undefined) document.getElementById(findingId(first))?.focus();
  });
  return {
    show: (list) => {
      findings = list;
      shown = 0;
      cards.replaceChildren();
      add();
    },
    goTo: (finding) => {
      while (shown < findings.length && findings.indexOf(finding) >= shown) add();
      const card = document.getElementById(findingId(finding));
      card?.scrollIntoView({ block: 'start' });
      card?.focus({ preventScroll: true });
    },
  };
}
