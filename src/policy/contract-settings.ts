import type { SettingSchema } from './setting-schema.js';

/** What a contract may ask for, with what it means for the pairs of a workload and a host that fit. */
const RULES = {
  'must-be-meshed': 'calls go through the mesh',
  'must-not-reach': 'no sidecar gives a call a way',
  'may-pass-through': 'calls past the mesh are no finding',
} as const;

export type ContractRule = keyof typeof RULES;

export const CONTRACT_RULES = Object.keys(RULES) as readonly ContractRule[];

/** The pairs that something is about. */
export function pairScope(description: string): SettingSchema {
  return {
    kind: 'object',
    description,
    required: ['workload', 'host'],
    properties: {
      workload: { kind: 'text', format: 'workloadPattern', description: 'The caller.' },
      host: { kind: 'text', format: 'hostPattern', description: 'The host that is called.' },
    },
  };
}

/** The settings of contracts. */
export const CONTRACTS: SettingSchema = {
  kind: 'list',
  expected: 'a list of contracts',
  one: 'a contract',
  description: 'What calls must and may do, whatever else a change does.',
  whenAbsent: 'none',
  item: {
    kind: 'object',
    description: 'A contract.',
    required: ['rule', 'scope', 'reason'],
    properties: {
      rule: {
        kind: 'choice',
        choices: CONTRACT_RULES,
        description: `What it asks for: ${CONTRACT_RULES.map((rule) => `\`${rule}\`: ${RULES[rule]}`).join('; ')}.`,
      },
      scope: pairScope('Which calls it is about: both must fit.'),
      reason: { kind: 'text', format: 'sentence', description: 'Why it is so.' },
      owner: { kind: 'text', format: 'sentence', description: 'Who answers for it.', whenAbsent: 'nobody is named' },
    },
  },
};
