import { CATALOGUE, type DiagnosticCode } from '../diagnostic/catalogue.js';
import type { ContractBreach } from '../reachability/change.js';
import { VERDICTS, type ComparedVerdict } from '../reachability/verdict.js';
import { docLink } from './doc-links.js';
import { VERDICT_PREDICATES, VERDICT_WORDS } from './verdict-words.js';

export type SarifLevel = 'error' | 'warning' | 'note';

/** What a result says is wrong: what becomes of a call, or what is written in a manifest. */
export type RuleId =
  ComparedVerdict | 'sent-elsewhere' | 'refused-object' | ContractBreach['contract'] | DiagnosticCode;

interface RuleText {
  readonly short: string;
  readonly full: string;
  readonly help: string;
  readonly helpUri: string;
}

const CONTRACT_WORDS = {
  'must-be-meshed': 'Calls that a contract of the configuration wants inside the mesh are not.',
  'must-not-reach': 'Calls that a contract of the configuration forbids get through.',
} as const satisfies Record<ContractBreach['contract'], string>;

/** A rule as SARIF's `reportingDescriptor` (SARIF 2.1.0, 3.49), with everything that code scanning shows. */
export function sarifRule(id: RuleId, level: SarifLevel): object {
  const { short, full, help, helpUri } = ruleText(id);
  return {
    id,
    // Not the same as the id, not even but for its case: the validator wants it so.
    name: `egress-${id}`.replace(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
    shortDescription: { text: short },
    fullDescription: { text: full },
    help: { text: `${help}\n${helpUri}`, markdown: `${help}\n\n[More about \`${id}\`](${helpUri})` },
    helpUri,
    defaultConfiguration: { level },
    properties: { tags: ['istio', 'egress'], 'problem.severity': level === 'note' ? 'recommendation' : level },
  };
}

function ruleText(id: RuleId): RuleText {
  if (isVerdict(id)) return verdictRule(id);
  switch (id) {
    case 'sent-elsewhere':
      return {
        short: 'A call is sent elsewhere.',
        full: 'After the change, the same call goes to other clusters than before.',
        help: 'Look whether the route was meant to change, and whether what it leads to now answers as what it led to before.',
        helpUri: docLink('findings', 'sideways'),
      };
    case 'refused-object':
      return {
        short: 'The cluster would refuse an object.',
        full: 'The API server or istiod would not admit the object: an earlier version of it, where there is one, stays in force.',
        help: 'Correct what the message names. Until then the change takes no effect.',
        helpUri: docLink('findings', 'refused-object'),
      };
    case 'must-be-meshed':
    case 'must-not-reach':
      return {
        short: CONTRACT_WORDS[id],
        full: `${CONTRACT_WORDS[id]} The contract stands in the configuration file, with its reason.`,
        help: 'Change the manifests so that the contract holds, or have the contract changed by those who own the configuration.',
        helpUri: docLink('findings', id),
      };
    default: {
      const { meaning, advice } = CATALOGUE[id];
      return { short: meaning, full: meaning, help: advice, helpUri: docLink('diagnostics', id) };
    }
  }
}

function verdictRule(verdict: ComparedVerdict): RuleText {
  const { before, after } = VERDICT_PREDICATES[verdict];
  const predicate = ['A workload would', before, 'a destination', after].filter((word) => word !== '').join(' ');
  return {
    short: `${predicate}.`,
    full: `What becomes of the call: ${VERDICT_WORDS[verdict]}.`,
    help: `A call that was different before the change becomes ${verdict}: ${VERDICT_WORDS[verdict]}. The message names the line that causes it.`,
    helpUri: docLink('verdicts', verdict),
  };
}

function isVerdict(id: RuleId): id is ComparedVerdict {
  return id === 'absent' || VERDICTS.some((verdict) => verdict === id);
}
