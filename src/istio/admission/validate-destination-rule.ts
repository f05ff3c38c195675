import { asArray, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { validateWildcardDomain } from './dns-name.js';
import { validateExportTo } from './export-to.js';
import { texts } from './go-text.js';
import { at, each, FINE, join, require, type Outcome } from './outcome.js';
import { validateSubsetName } from './validate-destination.js';
import { validateTrafficPolicy } from './validate-traffic-policy.js';
import { validateLabels, validateWorkloadSelector } from './workload-selector.js';

/** Istio: ValidateDestinationRule */
export function validateDestinationRule(spec: JsonObject, object: KubernetesObject, rules: AdmissionRules): Outcome {
  const { namespace } = object.metadata;
  const { workloadSelector: selector } = spec;
  const names = new Set<string>();
  const policy = (settings: JsonObject): Outcome =>
    isObject(settings['trafficPolicy'])
      ? at(['trafficPolicy'], validateTrafficPolicy(settings['trafficPolicy'], namespace, rules))
      : FINE;
  const subsets = each(asArray(spec['subsets']), (item) => {
    const subset = asObject(item);
    const name = asString(subset['name']);
    const duplicate = names.has(name);
    names.add(name);
    return join(
      require(!duplicate, `duplicate subset names: ${name}`, 'name'),
      at(['name'], validateSubsetName(name)),
      at(['labels'], validateLabels(asObject(subset['labels']))),
      policy(subset),
    );
  });
  return join(
    at(['host'], validateWildcardDomain(asString(spec['host']))),
    policy(spec),
    at(['subsets'], subsets),
    at(['exportTo'], validateExportTo(namespace, texts(spec['exportTo']), { ownNamespaceOnly: isObject(selector) })),
    isObject(selector) ? at(['workloadSelector'], validateWorkloadSelector(selector, 'matchLabels')) : FINE,
  );
}
