import { describe, expect, it } from 'vitest';
import { flagsNotModelled, shownFlags, withFlags, type FeatureFlag } from '../../src/istio/feature-flags.js';
import { behaviorOf } from '../../src/istio/versions.js';
import { tree } from '../reachability/change-mesh.js';

const PICK = 'PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE';

const istiod = (env: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  selector: {matchLabels: {app: istiod}}\n  template:\n    metadata: {labels: {app: istiod}}\n    spec: {containers: [{name: discovery, image: "docker.io/istio/pilot:1.30.1", env: ${env}}]}\n`;
const sail = (values: string): string =>
  `apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec: {version: v1.30.1, namespace: istio-system, values: ${values}}\n`;
const operator = (spec: string): string =>
  `apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o, namespace: istio-system}\nspec: ${spec}\n`;
const flux = (chart: string, values: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: flux}\nspec: {chart: {spec: {chart: ${chart}, version: 1.30.1}}, values: ${values}}\n`;
const argo = (helm: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec: {sources: [{chart: base}, {chart: istiod, targetRevision: 1.30.1, helm: ${helm}}]}\n`;

const flags = (text: string): FeatureFlag[] => tree({ f: text }).objects.flatMap((object) => shownFlags(object));
const values = (text: string): string[] => flags(text).map(({ name, value }) => `${name}=${value}`);

describe('what istiod is started with', () => {
  it.each([
    ['its own Deployment', istiod(`[{name: ${PICK}, value: "false"}]`)],
    ['an Istio object', sail(`{pilot: {env: {${PICK}: "false"}}}`)],
    ['a value without quotes', sail(`{pilot: {env: {${PICK}: false}}}`)],
    ['the chart’s own key', sail(`{env: {${PICK}: "false"}}`)],
    ['a compatibility version', sail('{compatibilityVersion: "1.28"}')],
    ['a compatibility version that is a number', sail('{compatibilityVersion: 1.29}')],
    ['an IstioOperator', operator(`{values: {pilot: {env: {${PICK}: "false"}}}}`)],
    [
      'an IstioOperator’s component',
      operator(`{components: {pilot: {k8s: {env: [{name: ${PICK}, value: "false"}]}}}}`),
    ],
    ['an IstioOperator’s compatibility version', operator('{compatibilityVersion: "1.28"}')],
    ['a Flux HelmRelease', flux('istiod', `{pilot: {env: {${PICK}: "false"}}}`)],
    ['an Argo CD Application’s values', argo(`{valuesObject: {pilot: {env: {${PICK}: "false"}}}}`)],
    ['its parameters', argo(`{parameters: [{name: pilot.env.${PICK}, value: "false"}]}`)],
    ['its parameter for compatibility', argo('{parameters: [{name: compatibilityVersion, value: "1.29"}]}')],
  ])('is shown by %s', (_, text) => {
    expect(values(text)).toEqual([`${PICK}=false`]);
    expect(tree({ f: text }).objects[0]!.locate(flags(text)[0]!.path).line).toBeGreaterThan(3);
  });

  it.each([
    ['a compatibility version that changes nothing', sail('{compatibilityVersion: "1.30"}')],
    ['a variable that decides nothing', sail('{pilot: {env: {PILOT_TRACE_SAMPLING: "1"}}}')],
    ['another chart', flux('redis', `{env: {${PICK}: "false"}}`)],
    ['another image', istiod(`[{name: ${PICK}, value: "false"}]`).replace('istio/pilot', 'shop/web')],
  ])('is not shown by %s', (_, text) => {
    expect(values(text)).toEqual([]);
  });

  it('is what is set, where a compatibility version says otherwise', () => {
    expect(values(sail(`{compatibilityVersion: "1.28", pilot: {env: {${PICK}: "true"}}}`))).toEqual([`${PICK}=true`]);
  });
});

describe('a flag', () => {
  const flag = (name: string, value: string): FeatureFlag => ({ name, value, path: [] });

  it.each(['false', '0', 'F', 'FALSE'])('that is %s takes its rule from the version', (value) => {
    expect(withFlags(behaviorOf('1.31'), [flag(PICK, value)])).toEqual({
      ...behaviorOf('1.31'),
      picksBestServiceNamespace: false,
    });
  });

  it.each(['true', '1', 'no', ''])('that is "%s" takes nothing', (value) => {
    expect(withFlags(behaviorOf('1.31'), [flag(PICK, value)])).toEqual(behaviorOf('1.31'));
  });

  it('gives no version a rule that it has not', () => {
    expect(withFlags(behaviorOf('1.28'), [flag(PICK, 'true')])).toEqual(behaviorOf('1.28'));
  });

  it('for the Gateway API takes the routes for Services', () => {
    const { honorsMeshRoutes, honorsTlsRoutes } = withFlags(behaviorOf('1.31'), [
      flag('PILOT_ENABLE_GATEWAY_API', 'false'),
    ]);
    expect([honorsMeshRoutes, honorsTlsRoutes]).toEqual([false, false]);
  });

  it('is not modelled only where it departs from what is', () => {
    const of = (name: string, value: string): number => flagsNotModelled([flag(name, value)]).length;
    expect(of('PILOT_UNIFIED_SIDECAR_SCOPE', 'false')).toBe(1);
    expect(of('PILOT_UNIFIED_SIDECAR_SCOPE', 'true')).toBe(0);
    expect(of('PILOT_ENABLE_ALPHA_GATEWAY_API', 'true')).toBe(1);
    expect(of('PILOT_ENABLE_ALPHA_GATEWAY_API', 'false')).toBe(0);
    expect(of('PILOT_ENABLE_ALPHA_GATEWAY_API', 'maybe')).toBe(0);
    expect(of(PICK, 'false')).toBe(0);
  });
});
