import { describe, expect, it } from 'vitest';
import { updateParts, writtenParts } from '../document.js';
import { listScenarios, manifests, readSide } from '../scenarios/scenario.js';
import { checkCauses, emptyCauseScore, tellCauseScore } from './check-causes.js';
import { listCases, parseText, readCase } from './conformance-case.js';

const total = emptyCauseScore();
const ofScenarios = emptyCauseScore();

describe('the causes that are named are those that make the difference, and no more', () => {
  it.each(listCases())('%s', (name) => {
    const { beforeText, afterText, probes, expected } = readCase(name);
    const [before, after] = [parseText(beforeText), parseText(afterText)];
    for (const { istio } of expected) {
      checkCauses(istio, { before, after, mesh: { istioVersion: istio, probes } }, total);
    }
    expect(total.differences.splice(0)).toEqual([]);
  });

  it('at the rates that the README gives', () => {
    expect(total.findings).toBeGreaterThan(6000);
    expect(total.joint).toBeGreaterThan(0);
    const wanted = [`\n\`\`\`\n${tellCauseScore(total).join('\n')}\n\`\`\`\n\n`];
    updateParts('README.md', 'causes', 'end of causes', wanted);
    const now = writtenParts('README.md', 'causes', 'end of causes').map(({ content }) => content);
    expect(now, 'run `UPDATE_README=1 npx vitest run test/conformance/causes.test.ts`').toEqual(wanted);
  });

  it.each(listScenarios())('in the scenario %s', (name) => {
    const [before, after] = [manifests(readSide(name, 'before')), manifests(readSide(name, 'after'))];
    checkCauses(name, { before, after, mesh: {} }, ofScenarios);
    expect(ofScenarios.differences.splice(0)).toEqual([]);
  });

  it('also where several causes are each enough, which is in no recorded change', () => {
    expect(ofScenarios.several).toBeGreaterThan(0);
  });
});
