import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredReviewComment } from './stand-in/store.js';
import { BEFORE, completedRun, NARROWED, openPull, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

let app: StandInApp;

beforeAll(async () => {
  app = await StandInApp.start();
});

afterAll(() => app.stop());

/** The file as GitHub leaves it when somebody commits the suggestion: the lines that it is anchored to are replaced, verbatim. */
function committed(text: string, { line, startLine, body }: StoredReviewComment): string {
  const [, block] = /```suggestion\n([^]*?)```$/.exec(body) ?? [];
  if (block === undefined) throw new Error('no suggestion');
  const lines = text.split(/(?<=\n)/);
  const start = startLine ?? line;
  lines.splice(start - 1, line - start + 1, block);
  return lines.join('');
}

const SIDECAR = NARROWED[SIDECAR_PATH];

async function suggestionsFor(people: RepositoryPeople, files: Readonly<Record<string, string>>) {
  const pull = await openPull(people, 'narrow', files);
  const run = await completedRun(people, pull.head);
  expect(run.conclusion).toBe('failure');
  const [review] = pull.reviews;
  return {
    pull,
    body: review?.body ?? '',
    suggestions: (review?.comments ?? []).filter(({ body }) => body.includes('```suggestion')),
  };
}

describe('a suggestion', () => {
  it('is made where the lines are in the diff, and mends the finding when it is committed', async () => {
    const people = await app.newRepository();
    const { pull, body, suggestions } = await suggestionsFor(people, NARROWED);
    expect(suggestions).toHaveLength(1);
    expect(suggestions[0]).toMatchObject({ path: SIDECAR_PATH, side: 'RIGHT' });
    expect(body).toContain('How to mend it');
    expect(body).toContain("+        - 'kube-system/kube-dns.kube-system.svc.cluster.local'");
    await people.push('narrow', { [SIDECAR_PATH]: committed(SIDECAR, suggestions[0]!) });
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('success');
    expect(app.github.violations).toEqual([]);
  });

  it('keeps the line ends', async () => {
    const hosts = (text: string): string =>
      text.replace(/hosts:\n[^]*$/, "hosts: ['./*', 'istio-system/*',\n        'kube-system/*']\n");
    const windows = hosts(SIDECAR).replaceAll('\n', '\r\n');
    const people = await app.newRepository();
    const { pull, suggestions } = await suggestionsFor(people, { [SIDECAR_PATH]: windows });
    expect(suggestions).toHaveLength(1);
    const text = committed(windows, suggestions[0]!);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    await people.push('narrow', { [SIDECAR_PATH]: text });
    expect((await completedRun(people, pull.head)).conclusion).toBe('success');
  });

  it('has a first line where it replaces several', async () => {
    const route = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { namespace: bookinfo, name: details }
spec:
  hosts: [details]
  http:
    - route:
        - destination:
            host: details
            port: { number: 9080 }
`;
    const path = 'mesh/bookinfo/route.yaml';
    const people = await app.newRepository({ files: { ...BEFORE, [path]: route } });
    const wrong = route.replace(/host: details\n +port: .*/, 'host: nowhere\n            port: { number: 81 }');
    const { pull, suggestions } = await suggestionsFor(people, { [path]: wrong });
    expect(suggestions).toMatchObject([{ path, startLine: 9, line: 10 }]);
    expect(committed(wrong, suggestions[0]!)).toBe(route);
    expect(pull.reviews).toHaveLength(1);
  });

  it('is left out where the diff does not show its lines, and the review’s body has them', async () => {
    const many = Array.from({ length: 12 }, (_unused, index) => `        - 'team-${index}/*'\n`).join('');
    const wide =
      `${SIDECAR.trimEnd()}\n`.replace(
        "        - './*'\n",
        "        - './*'\n        - 'bookinfo/*'\n        - 'kube-system/*'\n",
      ) + many;
    const people = await app.newRepository({ files: { ...BEFORE, [SIDECAR_PATH]: wide } });
    const narrow = wide.replace("        - 'bookinfo/*'\n", '');
    const { body, suggestions } = await suggestionsFor(people, { [SIDECAR_PATH]: narrow });
    expect(suggestions).toEqual([]);
    expect(body).toContain("+        - 'bookinfo/reviews.bookinfo.svc.cluster.local'");
  });
});
