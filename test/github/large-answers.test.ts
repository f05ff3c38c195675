import { afterAll, beforeAll, expect, it } from 'vitest';
import { completedRun, openPull, StandInApp } from './stand-in-app.js';

const LIMIT = 65_535;
const WORKLOADS = 130;

let app: StandInApp;

beforeAll(async () => {
  app = await StandInApp.start();
});

afterAll(() => app.stop());

/** A workload that calls what the next one serves. */
function workload(index: number): string {
  const name = `workload-with-a-name-that-is-almost-too-long-${index}`;
  const next = `http://workload-with-a-name-that-is-almost-too-long-${(index + 1) % WORKLOADS}.a:80`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: a}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: a, image: a, env: [{name: NEXT, value: "${next}"}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: a}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80}]}
`;
}

const SIDECAR = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: a}
spec: {egress: [{hosts: ["istio-system/*"]}]}
`;

it('an answer of more than GitHub takes is cut at whole rows, which are counted, and taken at once', async () => {
  const files = { 'a.yaml': Array.from({ length: WORKLOADS }, (_unused, index) => workload(index)).join('---\n') };
  const people = await app.newRepository({ files });
  const pull = await openPull(people, 'narrow', { 'sidecar.yaml': SIDECAR });
  const { conclusion, output } = await completedRun(people, pull.head);
  expect(conclusion).toBe('failure');
  for (const text of [output.summary ?? '', pull.reviews[0]?.body ?? '']) {
    expect(Buffer.byteLength(text)).toBeLessThan(LIMIT);
    expect(text.length).toBeGreaterThan(LIMIT / 2);
    expect(text).toMatch(/\d+ (?:of|more|further)/);
  }
  expect(pull.reviews).toHaveLength(1);
  expect(app.github.requests.filter(({ status }) => status >= 400 && status !== 404)).toEqual([]);
  expect(app.github.violations).toEqual([]);
}, 120_000);
