import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AFTER, BEFORE } from '../github/example-trees.js';
import { FakeGitHub } from '../github/fake-github.js';
import { runCommand, type Answer } from './run-command.js';

let github: FakeGitHub;
let main: string;

beforeEach(async () => {
  github = new FakeGitHub();
  await github.listen();
  main = github.git.commit(BEFORE);
  github.branches.set('main', main);
});

afterEach(() => github.close());

function run(number: number, ...options: readonly string[]): Promise<Answer> {
  return runCommand(['pr', `${github.owner}/${github.repo}#${number}`, ...options], {
    environment: { GITHUB_TOKEN: 'ghs_test', GITHUB_API_URL: `http://${github.host}/api/v3` },
    workingDirectory: '/',
  });
}

describe('egress-scope pr', () => {
  it('prints what the pull request does, and writes nothing', async () => {
    github.openPull(1, github.git.commit(AFTER, [main]));
    const { exitCode, out, err } = await run(1);
    expect(out).toContain('Fails: default/Pod/my-shell would reach 6 destinations outside the mesh, in\nplain text.');
    expect(out).toContain('because of mesh/default/sidecar.yaml:');
    expect([exitCode, err]).toEqual([1, '']);
    expect(github.reviews).toEqual([]);
  });

  it('links the lines in Markdown', async () => {
    github.openPull(1, github.git.commit(AFTER, [main]));
    expect((await run(1, '--format', 'markdown')).out).toMatch(
      /\[`mesh\/default\/sidecar\.yaml:\d+`\]\(\S+\/mesh\/default\/sidecar\.yaml#L\d+\)/,
    );
  });

  it('posts the review when told to', async () => {
    github.openPull(1, github.git.commit(AFTER, [main]));
    const { exitCode, err } = await run(1, '--post');
    expect([exitCode, err]).toEqual([1, 'review: created\n']);
    expect(github.reviews).toHaveLength(1);
  });

  it('passes a pull request without manifests, with a document that says so', async () => {
    github.openPull(1, github.git.commit({ ...BEFORE, 'README.md': 'x' }, [main]));
    const { exitCode, out } = await run(1, '--format', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schema: 'egress-scope/diff/v1', verdict: 'pass', changes: [] });
  });

  it('is undetermined where GitHub refuses', async () => {
    const { exitCode, out, err } = await run(77, '--format', 'json');
    expect(exitCode).toBe(2);
    expect(err).toContain('404');
    expect(JSON.parse(out)).toMatchObject({ verdict: 'undetermined' });
  });
});
