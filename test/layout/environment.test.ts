import { describe, expect, it } from 'vitest';
import { environmentOf, environmentOfValues } from '../../src/layout/environment.js';

describe('environmentOf', () => {
  it.each([
    ['overlays/prod', 'prod'],
    ['apps/shop/overlays/prod-eu', 'prod-eu'],
    ['clusters/my-cluster', 'my-cluster'],
    ['clusters/production/flux-system', 'production'],
    ['envs/load-gpu', 'load-gpu'],
    ['apps/staging', 'staging'],
    ['eu-west-prod/apps', 'eu-west-prod'],
    ['clusters/eu/overlays/kube-ops-view', 'eu'],
    ['clusters/overlays/local.home/components/lvm', 'local.home'],
    ['cluster/apps/shop', null],
    ['overlays/base', null],
    ['apps/shop/base', null],
    ['istio', null],
    ['producers/kafka', null],
    ['testimonials', null],
    ['', null],
  ])('takes %j for %j', (folder, environment) => {
    expect(environmentOf(folder)).toBe(environment);
  });
});

describe('environmentOfValues', () => {
  it.each([
    ['values.yaml', null],
    ['values-prod.yaml', 'prod'],
    ['values.staging.yml', 'staging'],
    ['prod-values.yaml', 'prod'],
    ['values/eu.yaml', 'eu'],
    ['environments/prod/values.yaml', 'prod'],
    ['prod.yaml', 'prod'],
    ['ci/ct-values.yaml', null],
    ['values-ci.yaml', null],
    ['README.yaml', null],
  ])('takes %j for %j', (path, environment) => {
    expect(environmentOfValues(path)).toBe(environment);
  });
});
