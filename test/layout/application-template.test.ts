import { describe, expect, it } from 'vitest';
import { fillTemplate, parameterIn } from '../../src/layout/application-template.js';

const PARAMETERS = {
  cluster: 'eu',
  port: 80,
  path: { path: 'apps/Shop_Web', basename: 'Shop_Web', basenameNormalized: 'shop-web', segments: ['apps', 'Shop_Web'] },
  values: { tier: 'gold' },
  'dotted.key': 'dot',
};

describe('fillTemplate', () => {
  it.each([
    ['{{cluster}}', 'eu'],
    ['{{ cluster }}-{{port}}', 'eu-80'],
    ['{{path}}', 'apps/Shop_Web'],
    ['{{path.basename}}', 'Shop_Web'],
    ['{{path.basenameNormalized}}', 'shop-web'],
    ['{{path[0]}}', 'apps'],
    ['{{values.tier}}', 'gold'],
    ['{{dotted.key}}', 'dot'],
  ])('fills the older %s', (text, filled) => {
    expect(fillTemplate({ [text]: text }, PARAMETERS, false)).toEqual({ value: { [filled]: filled }, unknown: [] });
  });

  it.each([
    ['{{.cluster}}', 'eu'],
    ['{{ .path.path }}', 'apps/Shop_Web'],
    ['{{- .path.basename -}}', 'Shop_Web'],
    ['{{index .path.segments 1}}', 'Shop_Web'],
    ['{{.path.basename | lower}}', 'shop_web'],
    ['{{normalize .path.basename}}', 'shop-web'],
    ['{{.missing | default "none"}}', 'none'],
  ])('fills Go’s %s', (text, filled) => {
    expect(fillTemplate([text], PARAMETERS, true)).toEqual({ value: [filled], unknown: [] });
  });

  it.each([
    ['{{.missing}}', true],
    ['{{ if .cluster }}x{{ end }}', true],
    ['{{.cluster | sha256sum}}', true],
    ['{{missing}}', false],
    ['{{.cluster | constructor}}', true],
    ['{{__proto__}}', false],
  ])('names what it does not understand: %s', (text, isGoTemplate) => {
    const { value, unknown } = fillTemplate(text, PARAMETERS, isGoTemplate);
    expect(unknown.length).toBeGreaterThan(0);
    expect(value).toContain('{{');
  });
});

describe('parameterIn', () => {
  it.each([
    ['{{.a.b}}', true, ['a', 'b']],
    ['{{- .a | quote -}}', true, ['a']],
    ['{{a.b}}', false, ['a', 'b']],
    ['x-{{.a}}', true, null],
    ['{{.a}}{{.b}}', true, null],
    ['{{index .a 1}}', true, null],
    ['plain', true, null],
  ])('knows the one parameter that is all of %s', (text, isGoTemplate, keys) => {
    expect(parameterIn(text, isGoTemplate)).toEqual(keys);
  });
});
