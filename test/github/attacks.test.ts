import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCS_URL } from '../../src/report/doc-links.js';
import { until } from './app-process.js';
import { readMarkdown } from '../rendered-markdown.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf, SIDECAR_PATH, StandInApp } from './stand-in-app.js';
import type { Changes, StoredFile } from './stand-in/git-store.js';
import type { NewRepository } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { runGit } from './stand-in/run-git.js';
import type { StoredCheckRun, StoredComment, StoredPull } from './stand-in/store.js';
import { announceComment } from './stand-in/webhooks.js';
import { DEFAULT_PERMISSIONS } from './stand-in/world.js';

const CONFIGURATION = '.github/egress-scope.yml';
const LENIENT = 'severities:\n  outside: {unknown: none, potential: none}\n';
const WAIVER =
  'waivers: [{scope: {workload: "*/*", host: "*"}, reason: r, owner: o, expires: 2099-12-31}, ' +
  '{scope: {workload: "*/*/*", host: "*"}, reason: r, owner: o, expires: 2099-12-31}]\n';
const PEOPLE = { writer: 'write', keeper: 'maintain', reader: 'read' } as const;

let app: StandInApp;
let owners = 0;

beforeAll(async () => {
  app = await StandInApp.start({}, { permissions: { ...DEFAULT_PERMISSIONS, members: 'read' } });
});

afterAll(async () => {
  const { violations, ownProblems } = app.github;
  await app.stop();
  expect(violations).toEqual([]);
  expect(ownProblems).toEqual([]);
});

/** A repository of an owner of its own: what GitHub allows, and so the App's pace, is counted by owner. */
function repository(files: NewRepository['files'] = BEFORE): Promise<RepositoryPeople> {
  return app.github.createRepository({ owner: `owner-${++owners}`, files, permissions: PEOPLE });
}

interface Scene {
  readonly people: RepositoryPeople;
  readonly pull: StoredPull;
  readonly run: StoredCheckRun;
}

/** A pull request, judged. */
async function judged(changes: Changes, base: NewRepository['files'] = BEFORE): Promise<Scene> {
  const people = await repository(base);
  await people.push('change', changes);
  const pull = await people.openPullRequest({ head: 'change' });
  return { people, pull, run: await completedRun(people, pull.head) };
}

/** Findings that somebody may want to be rid of. */
async function failing(base: Readonly<Record<string, string>> = {}, more: Changes = {}): Promise<Scene> {
  const scene = await judged({ ...NARROWED, ...more }, { ...BEFORE, ...base });
  expect(scene.run.conclusion).toBe('failure');
  return scene;
}

async function fails(changes: Changes, base: NewRepository['files'] = BEFORE): Promise<Scene> {
  const scene = await judged(changes, base);
  expect(scene.run.conclusion).toBe('failure');
  return scene;
}

/** That it cannot be told is said first, with the reason. */
async function isUndetermined(reason: string | RegExp, changes: Changes, base?: NewRepository['files']): Promise<void> {
  const { run } = await fails(changes, base);
  expect(firstLine(run)).toMatch(/^\*\*Undetermined/);
  expect(run.output.summary).toMatch(reason);
}

const firstLine = ({ output }: StoredCheckRun): string => output.summary?.split('\n')[0] ?? '';

const answersOf = ({ comments }: StoredPull): readonly string[] =>
  comments.filter(({ author }) => author.endsWith('[bot]')).map(({ body }) => body);

/** What the App says no with; the conclusion stays what it was. */
async function isRefused({ pull, run }: Scene, reason: string): Promise<void> {
  await until(() => answersOf(pull).length > 0);
  expect(answersOf(pull)[0]).toContain(reason);
  expect(run.conclusion).toBe('failure');
}

/** That nothing came of something: what comes after it in the queue was done, and the conclusion is what it was. */
async function isIgnored({ people, pull, run }: Scene): Promise<void> {
  const ends = run.history.filter((status) => status === 'completed').length;
  people.comment(pull, 'writer', '/egress-scope recheck');
  await completedRun(people, pull.head, ends + 1);
  expect(run.conclusion).toBe('failure');
  expect(answersOf(pull)).toEqual([]);
}

async function post(body: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const usual = { 'content-type': 'application/json', 'x-github-event': 'pull_request' };
  const response = await fetch(`${await app.process.url()}/api/github/webhooks`, {
    method: 'POST',
    headers: { ...usual, 'x-github-delivery': randomUUID(), ...headers },
    body,
  });
  return response.status;
}

function sign(body: string, secret: string, algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

/** Sends GitHub's own delivery of a pull request, but not as GitHub signs it. */
async function isTurnedAway(headersOf: (body: string) => Readonly<Record<string, string>>): Promise<void> {
  const people = await repository();
  const { deliveries } = app.github;
  const pull = await openPull(people, 'narrow', NARROWED);
  await completedRun(people, pull.head);
  const own = deliveries.log.find(({ event, body }) => event === 'pull_request' && body.includes(pull.head));
  const other = await people.commitInFork({ 'README.md': 'x' });
  const body = own?.body.replaceAll(pull.head, other) ?? '';
  expect(await post(body, headersOf(body))).toBe(400);
  people.comment(pull, 'writer', '/egress-scope recheck');
  await completedRun(people, pull.head, 2);
  expect(runsOf(people, other)).toEqual([]);
}

/** The peak of what the App's process has held in memory, in MiB. */
function peakMemory(): number {
  const status = readFileSync(`/proc/${app.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function announceAgain({ people, pull }: Scene, comment: StoredComment): void {
  announceComment(app.github.world, people.store, pull, comment, { action: 'created', sender: comment.author });
}

describe('an attempt at the webhook', () => {
  it.concurrent.each<readonly [string, () => Promise<void>]>([
    ['a delivery that is not signed', () => isTurnedAway(() => ({}))],
    [
      'a delivery that is signed with another secret',
      () => isTurnedAway((body) => ({ 'x-hub-signature-256': sign(body, 'development') })),
    ],
    [
      'a delivery whose body was changed after it was signed',
      () => isTurnedAway((body) => ({ 'x-hub-signature-256': sign(`${body} `, 'a secret for tests') })),
    ],
    [
      'a delivery that is signed with SHA-1 alone',
      () => isTurnedAway((body) => ({ 'x-hub-signature': sign(body, 'a secret for tests', 'sha1') })),
    ],
    [
      'a body of 30 MB, which is refused before it is read',
      async () => {
        const { hostname, port } = new URL(await app.process.url());
        const before = peakMemory();
        const status = await new Promise((resolve, reject) => {
          const headers = {
            'content-type': 'application/json',
            'content-length': 30 * 2 ** 20,
            'x-github-event': 'push',
            'x-github-delivery': 'd',
            'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
          };
          const path = '/api/github/webhooks';
          const sending = request({ hostname, port, path, method: 'POST', headers }, ({ statusCode }) => {
            resolve(statusCode);
            sending.destroy();
          });
          sending.on('error', reject);
          sending.flushHeaders();
        });
        expect(status).toBe(413);
        expect(peakMemory() - before).toBeLessThan(30);
      },
    ],
    [
      'a delivery that is sent again',
      async () => {
        const { people, pull, run } = await failing();
        const { deliveries } = app.github;
        const own = deliveries.log.find(({ event, body }) => event === 'pull_request' && body.includes(pull.head));
        deliveries.redeliver(own?.number ?? 0);
        await isIgnored({ people, pull, run });
        expect(runsOf(people, pull.head)).toHaveLength(1);
        expect(pull.reviews).toHaveLength(1);
      },
    ],
    [
      'a delivery of an older head, sent again when the present one touches nothing',
      async () => {
        const { people, pull, run } = await failing();
        const { deliveries } = app.github;
        const own = deliveries.log.find(({ event, body }) => event === 'pull_request' && body.includes(run.headSha));
        await people.push('change', { [SIDECAR_PATH]: null, 'README.md': 'words\n' });
        expect((await completedRun(people, pull.head)).output.title).toBe('Not applicable');
        // While a job of the pull request runs, an older one is dropped without a look.
        const ends = (sha: string): number =>
          app.process.log.split('\n').filter((line) => line.includes(sha) && line.includes('The job has ended')).length;
        await until(() => ends(pull.head) === 1);
        const before = ends(run.headSha);
        deliveries.redeliver(own?.number ?? 0);
        await until(() => ends(run.headSha) > before);
        expect(run.conclusion).toBe('failure');
      },
    ],
  ])('fails: %s', async (_attempt, attempt) => {
    await attempt();
  });
});

describe('an attempt to be judged by something else than the base’s configuration', () => {
  it.concurrent.each<readonly [string, () => Promise<unknown>]>([
    ['severities in the head', () => fails({ ...NARROWED, [CONFIGURATION]: LENIENT })],
    ['ignored paths in the head', () => fails({ ...NARROWED, [CONFIGURATION]: 'ignores: ["**"]\n' })],
    ['a waiver in the head', () => fails({ ...NARROWED, [CONFIGURATION]: WAIVER })],
    [
      'a configuration that is a link in the head',
      () => fails({ ...NARROWED, [CONFIGURATION]: { symlink: '../lenient.yml' }, 'lenient.yml': LENIENT }),
    ],
    [
      'a strict configuration that the head takes away',
      () => fails({ ...NARROWED, [CONFIGURATION]: null }, { ...BEFORE, [CONFIGURATION]: 'failOn: warning\n' }),
    ],
    [
      'a tag called as the base, with another configuration',
      async () => {
        const people = await repository();
        const lenient = await people.push('lenient', { [CONFIGURATION]: LENIENT });
        await people.store.git.setRef('refs/tags/main', lenient);
        await people.push('change', NARROWED);
        const pull = await people.openPullRequest({ head: 'change' });
        expect((await completedRun(people, pull.head)).conclusion).toBe('failure');
      },
    ],
    [
      'owners in the head’s CODEOWNERS',
      async () => {
        const base = { ...BEFORE, [CONFIGURATION]: 'accept: {codeowners: true}\n', CODEOWNERS: '* @keeper\n' };
        const scene = await fails({ ...NARROWED, CODEOWNERS: '* @writer\n' }, base);
        scene.people.comment(scene.pull, 'writer', '/egress-scope accept mine');
        await isRefused(scene, 'code owners');
      },
    ],
    [
      'a finding behind the 3,000 files that GitHub lists',
      async () => {
        const many = Array.from({ length: 3000 }, (_unused, index) => [`a/${String(index)}.md`, 'x'] as const);
        const { pull } = await fails({ ...Object.fromEntries(many), ...NARROWED });
        expect(pull.reviews[0]?.body).toContain('my-shell');
      },
    ],
  ])('fails: %s', async (_attempt, attempt) => {
    await attempt();
  });
});

describe('an attempt to have findings accepted', () => {
  const lenient = { [CONFIGURATION]: 'accept: {permission: write}\n' };
  const strict = { [CONFIGURATION]: 'accept: {permission: maintain}\n' };

  it.concurrent.each<readonly [string, () => Promise<void>]>([
    [
      'by somebody who may only read',
      async () => {
        const scene = await failing();
        scene.people.comment(scene.pull, 'reader', '/egress-scope accept please');
        await isRefused(scene, 'takes the permission write');
      },
    ],
    [
      'by somebody who is not there any more',
      async () => {
        const scene = await failing();
        app.github.world.goneLogins.add('ghost');
        scene.people.comment(scene.pull, 'ghost', '/egress-scope accept please');
        await isRefused(scene, 'takes the permission write');
      },
    ],
    [
      'by a bot, the App itself not excepted',
      async () => {
        const scene = await failing();
        scene.people.store.permissions.set('helper[bot]', 'admin');
        const comment = scene.people.comment(scene.pull, 'helper[bot]', '/egress-scope accept fine');
        scene.pull.comments.splice(scene.pull.comments.indexOf(comment), 1);
        const [button] = scene.run.actions;
        scene.people.clickAction(scene.run, button?.identifier ?? '', 'egress-scope-test[bot]');
        await isIgnored(scene);
      },
    ],
    [
      'by the button of an older head',
      async () => {
        const scene = await failing();
        const { people, pull, run } = scene;
        await people.push('change', { 'README.md': 'more\n' });
        const now = await completedRun(people, pull.head);
        people.clickAction(run, run.actions[0]?.identifier ?? '', 'writer');
        await isIgnored({ people, pull, run: now });
        expect(run.conclusion).toBe('failure');
      },
    ],
    [
      'by words that are older than the findings, sent again',
      async () => {
        const scene = await failing();
        const { people, pull } = scene;
        const comment = people.comment(pull, 'writer', '/egress-scope accept fine');
        await completedRun(people, pull.head, 2);
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await people.push('change', { 'README.md': 'more\n' });
        const run = await completedRun(people, pull.head);
        announceAgain(scene, comment);
        await isRefused({ people, pull, run }, 'published after the comment');
      },
    ],
    [
      'by words that somebody else put into a comment',
      async () => {
        const scene = await failing();
        const comment = scene.people.comment(scene.pull, 'keeper', 'What do you think?');
        scene.people.editComment(scene.pull, comment, '/egress-scope accept fine', 'writer');
        await isRefused(scene, 'edited');
      },
    ],
    [
      'by words that somebody else put into a comment within the second',
      async () => {
        const scene = await failing();
        const { people, pull } = scene;
        const comment = people.comment(pull, 'keeper', 'What do you think?');
        comment.body = '/egress-scope accept fine';
        const by = { action: 'edited', sender: 'writer', from: 'What do you think?' } as const;
        announceComment(app.github.world, people.store, pull, comment, by);
        await isRefused(scene, 'edited');
      },
    ],
    [
      'by a comment that is edited between its delivery and a look at it',
      async () => {
        const scene = await failing();
        const { people, pull } = scene;
        const comment = people.comment(pull, 'writer', '/egress-scope accept fine');
        comment.body = '/egress-scope accept something else';
        await isRefused(scene, 'edited');
      },
    ],
    [
      'into a lenient branch, for a strict one that shares the head',
      async () => {
        const people = await repository({ ...BEFORE, ...strict });
        await people.push('lenient', lenient);
        const pull = await openPull(people, 'change', NARROWED);
        const run = await completedRun(people, pull.head);
        const other = await people.openPullRequest({ head: 'change', base: 'lenient' });
        await completedRun(people, pull.head, 2);
        people.comment(other, 'writer', '/egress-scope accept fine');
        await completedRun(people, pull.head, 3);
        expect(answersOf(other)[0]).toContain('Accepted into lenient, but not into main: Accepting takes');
        expect(run.conclusion).toBe('failure');
        expect(firstLine(run)).toContain('Fails');
        people.comment(pull, 'keeper', '/egress-scope accept fine');
        await completedRun(people, pull.head, 4);
        expect(run.conclusion).toBe('success');
      },
    ],
    [
      'into a lenient branch, before the pull request is turned to a strict one',
      async () => {
        const people = await repository({ ...BEFORE, ...strict });
        await people.push('lenient', lenient);
        const pull = await openPull(people, 'change', NARROWED, 'lenient');
        const run = await completedRun(people, pull.head);
        people.comment(pull, 'writer', '/egress-scope accept fine');
        await completedRun(people, pull.head, 2);
        expect(run.conclusion).toBe('success');
        await people.changeBase(pull, 'main');
        await until(
          () => run.externalId?.startsWith(`${String(pull.number)} main `) === true && run.conclusion !== null,
        );
        expect(run.conclusion).toBe('failure');
      },
    ],
    [
      'by the owner of manifests, but not of the template that they are rendered from',
      async () => {
        const base = { [CONFIGURATION]: 'accept: {codeowners: true}\n', CODEOWNERS: '* @keeper\n*.yaml @writer\n' };
        const scene = await failing(base, { 'charts/web/templates/_names.tpl': '{{ define "web" }}a{{ end }}\n' });
        scene.people.comment(scene.pull, 'writer', '/egress-scope accept mine');
        await isRefused(scene, 'code owners');
      },
    ],
    [
      'by the owner of the folder that a file was moved to',
      async () => {
        const base = { [CONFIGURATION]: 'accept: {codeowners: true}\n', CODEOWNERS: '* @keeper\n/mine/ @writer\n' };
        const path = 'mesh/bookinfo/reviews.yaml';
        const moved = BEFORE[path as keyof typeof BEFORE];
        const scene = await fails(
          { [path]: null, 'mine/reviews.yaml': moved, 'mine/sidecar.yaml': NARROWED[SIDECAR_PATH] },
          { ...BEFORE, ...base },
        );
        scene.people.comment(scene.pull, 'writer', '/egress-scope accept mine');
        await isRefused(scene, 'code owners');
      },
    ],
  ])('fails: %s', async (_attempt, attempt) => {
    await attempt();
  });
});

describe('an attempt to hide content from the analysis, or to have it read from elsewhere', () => {
  const service = 'mesh/bookinfo/reviews.yaml';
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5\n';
  const submodule: StoredFile = { submodule: '1'.repeat(40) };
  const none = Object.fromEntries(
    Object.keys(BEFORE)
      .filter((path) => path.startsWith('mesh/bookinfo/'))
      .map((path) => [path, null]),
  );

  it.concurrent.each<readonly [string, () => Promise<unknown>]>([
    [
      'a link to a file of the machine',
      () => isUndetermined('symbolic link', { [service]: { symlink: '/etc/passwd' } }),
    ],
    [
      'a link out of the tree',
      () => isUndetermined('symbolic link', { 'mesh/a.yaml': { symlink: '../../../a.yaml' } }),
    ],
    ['a pointer to Git LFS', () => isUndetermined('Git LFS', { [service]: pointer })],
    [
      'a submodule in the place of manifests',
      () => isUndetermined('submodule', { ...none, 'mesh/bookinfo': submodule }),
    ],
    [
      'a file named like a flag',
      async () => {
        const { pull } = await fails({
          '--upload-pack=touch x.yaml': NARROWED[SIDECAR_PATH],
          '-rf.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n',
        });
        expect(pull.reviews[0]?.body).toContain('/--upload-pack%3Dtouch%20x.yaml#L');
      },
    ],
    [
      '`..` and `.git` in the tree, which git itself would not check out',
      async () => {
        const people = await repository();
        const { git } = people.store;
        const write = async (type: string, content: Uint8Array): Promise<string> => {
          const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
          return (await runGit(git.folder, args, content)).toString('utf8').trim();
        };
        const entry = (mode: string, name: string, sha: string): Buffer =>
          Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]);
        const blob = await write('blob', Buffer.from(NARROWED[SIDECAR_PATH]));
        const folder = await write('tree', entry('100644', 'sidecar.yaml', blob));
        const main = people.branch('main');
        const root = await git.commit(main);
        const old = await runGit(git.folder, ['cat-file', 'tree', root?.tree ?? '']);
        const hostile = [entry('40000', '..', folder), entry('40000', '.git', folder)];
        const tree = await write('tree', Buffer.concat([...hostile, old]));
        const head = await git.makeCommitOfTree(tree, [main], 'Hostile');
        const pull = await people.openPullRequest({ head, fork: 'mallory/mesh' });
        const run = await completedRun(people, head);
        expect(run.conclusion).toBe('failure');
        expect(pull.reviews[0]?.body ?? run.output.summary).toMatch(/my-shell|Undetermined/);
      },
    ],
    [
      'a tree of many levels',
      () => fails({ [`${'a/'.repeat(1000)}sidecar.yaml`]: NARROWED[SIDECAR_PATH], 'b.yaml': NARROWED[SIDECAR_PATH] }),
    ],
  ])('fails: %s', async (_attempt, attempt) => {
    await attempt();
  });
});

describe('an attempt to keep the App from its work, or to have what it cannot read pass', () => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x, x]', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(
    (line, index) => {
      const before = String.fromCharCode(96 + index);
      return index === 0 ? line : `${line}: &${line} [${Array(10).fill(`*${before}`).join(', ')}]`;
    },
  );
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n';
  const bombs: readonly string[] = [
    `${head}${laughs.join('\n')}\n`,
    `${head}data: ${'['.repeat(20_000)}\n`,
    `${head}data: {a: "${'x'.repeat(100_000)}"}\n`,
    `${head}---\n`.repeat(100),
  ];

  it('fails: YAML bombs in 1,000 files', async () => {
    const files = Array.from({ length: 1000 }, (_unused, index) => [
      `mesh/bombs/${String(index)}.yaml`,
      bombs[index % bombs.length] ?? '',
    ]);
    await isUndetermined('aliases', Object.fromEntries(files) as Changes);
    expect(peakMemory()).toBeLessThan(1024);
  });

  it('fails: a finding behind 100,000 other entries of the tree, and a folder of which GitHub lists no more', async () => {
    const entries = (count: number, place: (index: number) => string): Readonly<Record<string, string>> =>
      Object.fromEntries(Array.from({ length: count }, (_unused, index) => [place(index), 'x']));
    const many = entries(100_500, (index) => `a/${String(index % 100)}/${String(index)}.txt`);
    const { pull } = await fails(NARROWED, { ...BEFORE, ...many });
    expect(pull.reviews[0]?.body).toContain('my-shell');
    const flat = entries(100_001, (index) => `a/${String(index)}.txt`);
    await isUndetermined('more files than GitHub lists', NARROWED, { ...BEFORE, ...flat });
  }, 600_000);
});

describe('an attempt to have names read as markup', () => {
  const names = [
    '<img src=x onerror=alert(1)>',
    '](javascript:alert(1))',
    '@acme/team',
    'a|b',
    '```',
    '\u202eg',
    'x\ny',
  ];
  const reason = '<b>x</b> @acme/team [x](javascript:alert(1)) ``` | #1 https://evil.example';
  const waiver = JSON.stringify({
    scope: { workload: 'a/b', host: '*' },
    reason,
    owner: reason,
    expires: '2001-01-01',
  });

  it('fails: in paths, objects, values, the configuration, waivers, and reasons', async () => {
    const files = names.flatMap((name, index) => [
      [`mesh/${name.replaceAll('/', '_')}.yaml`, 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n'],
      [
        `mesh/refused-${String(index)}.yaml`,
        JSON.stringify({
          apiVersion: 'networking.istio.io/v1',
          kind: 'Sidecar',
          metadata: { name, namespace: name },
          spec: { egress: [{ hosts: [name] }] },
        }),
      ],
    ]);
    const changes = { ...(Object.fromEntries(files) as Changes), ...NARROWED, [CONFIGURATION]: `"${reason}": 1\n` };
    const { people, pull, run } = await fails(changes, { ...BEFORE, [CONFIGURATION]: `waivers: [${waiver}]\n` });
    people.comment(pull, 'reader', `/egress-scope explain <img>/@acme/team reviews.bookinfo:9080`);
    await until(() => answersOf(pull).length > 0);
    people.comment(pull, 'writer', `/egress-scope accept ${reason}`);
    await completedRun(people, pull.head, 2);
    const { summary, text } = run.output;
    const reviews = pull.reviews.flatMap(({ body, comments }) => [body, ...comments.map((comment) => comment.body)]);
    const written = [summary ?? '', text ?? '', ...reviews, ...answersOf(pull)];
    expect(text).toContain('accepted');
    for (const { tags, addresses, images, prose } of written.map(readMarkdown)) {
      expect(
        tags.filter((tag) => !/^(?:<br>|<\/?(?:sub|code|details|summary)>|<!-- egress-scope [^<>]*-->)$/.test(tag)),
      ).toEqual([]);
      const own = [`${app.github.world.webUrl}/${people.fullName}/`, `${DOCS_URL}/`];
      expect(addresses.filter((address) => !own.some((start) => address.startsWith(start)))).toEqual([]);
      expect(images).toBe(0);
      expect(prose).not.toMatch(/@[a-z\d]|#\d/i);
    }
    for (const line of app.process.log.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
