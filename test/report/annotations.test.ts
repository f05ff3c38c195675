import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import { buildAnnotations } from '../../src/report/annotations.js';
import { docLink } from '../../src/report/doc-links.js';
import { buildInlineComments } from '../../src/report/inline-comments.js';
import { changeAnalysis, destination, edgeChange, SIDECAR_CAUSE } from './change-analysis.js';

describe('annotations', () => {
  it('make one annotation of each line that causes something, at the level of the worst', () => {
    const [first, ...rest] = buildAnnotations(
      changeAnalysis({
        changes: [
          edgeChange(),
          edgeChange({ destinations: [destination('b.x')], severity: 'notice', need: 'potential' }),
        ],
      }),
    );
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      path: 'default/sidecar.yaml',
      start_line: 3,
      end_line: 3,
      annotation_level: 'failure',
      title: 'Sidecar default/default: calls become unmeshed',
    });
    expect(first?.message).toContain(
      'default/Pod/my-shell to reviews.bookinfo.svc.cluster.local:9080 (http): meshed → unmeshed',
    );
    expect(first?.message).toContain('b.x:9080 (http)');
    expect(first?.message.split('\n').at(-1)).toBe(docLink('verdicts', 'unmeshed'));
  });

  it('leave out lines that the after side does not have, and changes that matter to nobody', () => {
    const changes = [
      edgeChange({ causes: [{ ...SIDECAR_CAUSE, side: 'before' }] }),
      edgeChange({ severity: 'none', causes: [{ ...SIDECAR_CAUSE, path: 'other.yaml' }] }),
    ];
    expect(buildAnnotations(changeAnalysis({ changes }))).toEqual([]);
  });

  it('mark refused objects and unread lines, worst first', () => {
    const annotations = buildAnnotations(
      changeAnalysis({
        rejected: [{ kind: 'Sidecar', namespace: 'a', name: 'b', path: 'z.yaml', line: 2, message: 'no' }],
        diagnostics: [
          diagnostic('yaml-syntax', 'unexpected end', { path: 'broken.yaml', line: 7 }),
          diagnostic('yaml-syntax', 'nowhere'),
        ],
      }),
    );
    expect(annotations.map(({ path, annotation_level, title }) => [path, annotation_level, title])).toEqual([
      ['z.yaml', 'failure', 'Sidecar a/b would be refused'],
      ['broken.yaml', 'warning', 'yaml-syntax'],
    ]);
    expect(annotations.map(({ message }) => message.split('\n').at(-1))).toEqual([
      docLink('findings', 'refused-object'),
      docLink('diagnostics', 'yaml-syntax'),
    ]);
  });

  it('keep titles within what GitHub takes', () => {
    const causes = [{ ...SIDECAR_CAUSE, name: 'n'.repeat(500) }];
    const [first] = buildAnnotations(changeAnalysis({ changes: [edgeChange({ causes })] }));
    expect(first?.title).toHaveLength(255);
  });
});

describe('inline comments', () => {
  it('stand on lines that cause a failure or a warning, one for each line', () => {
    const changes = [
      edgeChange(),
      edgeChange({ destinations: [destination('b.x')], after: 'blocked' }),
      edgeChange({ severity: 'notice', causes: [{ ...SIDECAR_CAUSE, line: 9 }] }),
    ];
    const comments = buildInlineComments(changeAnalysis({ changes }));
    expect(comments.map(({ path, line }) => [path, line])).toEqual([['default/sidecar.yaml', 3]]);
    expect(comments[0]?.body).toContain('Sidecar default/default is new and imports only ./\\* and istio-system/\\*.');
    expect(comments[0]?.body).toContain('- **failure** `default/Pod/my-shell` to `b.x:9080 (http)`: meshed → blocked');
    expect(comments[0]?.body).toContain(`[\`blocked\`](${docLink('verdicts', 'blocked')})`);
  });
});
