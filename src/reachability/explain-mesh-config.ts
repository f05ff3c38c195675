import type { Origin } from '../diagnostic/diagnostic.js';
import { looksAt, type PushContext } from '../istio/push-context.js';
import { defaultExportTo, isVisible, type ExportTo } from '../istio/visibility.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asObject, asString } from '../kubernetes/json.js';
import { createLocator, type Locator } from '../kubernetes/locate.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences, type ValueDifference } from '../kubernetes/object-differences.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import { tellViewers } from './explain-exports.js';
import { isAbout, namespacesOf, type ExplainContext, type ExplainedDifference } from './explained-difference.js';
import { governingIn } from './governing-sidecar.js';
import { locateLine } from './references/value-lines.js';
import { hostLinesFor, listsHost } from './sidecar-host-lines.js';
import type { ComparedVerdict } from './verdict.js';
import { nameNamespaces, placedTitle, tellDifferences, writtenPath } from './words.js';

/** The verdicts that a field of the mesh configuration can decide about, where it is not any. */
const DECIDES: Readonly<Record<string, readonly ComparedVerdict[]>> = {
  outboundTrafficPolicy: ['blocked'],
  defaultDestinationRuleExportTo: ['refused', 'unroutable', 'no-endpoints'],
  enableAutoMtls: ['refused'],
};

/** What a ConfigMap's mesh configuration changes: the YAML is inside of a text, and its own lines are told. */
export function explainMeshConfig(
  subject: string,
  { before, after }: ChangedObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): { readonly origin: Origin | null; readonly explanation: string } {
  if (!after) return { origin: null, explanation: `${subject}, which holds the mesh configuration, is gone.` };
  if (!before)
    return {
      origin: after.locate(['data', 'mesh']),
      explanation: `${subject} is new: it holds the mesh configuration.`,
    };
  const { all, text, now, locator } = textDifferences(before, after);
  const differences = chooseDecisive(all, difference);
  const first = differences[0];
  if (!first || now === null) {
    return { origin: after.locate(['data', 'mesh']), explanation: `${subject} changes the mesh configuration.` };
  }
  const path = writtenPath({ ...after, body: now }, first.path);
  const line = path.length > 0 ? locator.lineOf(path) : 0;
  const effects = [...new Set(differences.map(({ path: [field] }) => String(field)))].flatMap((field) =>
    tellEffect(field, difference, context),
  );
  return {
    origin: locateLine(after, ['data', 'mesh'], text, line),
    explanation: `${subject} ${tellDifferences(after, differences)} in the mesh configuration${effects.join('')}.`,
  };
}

interface TextDifferences {
  readonly all: readonly ValueDifference[];
  /** As it is after the change. */
  readonly text: string;
  readonly locator: Locator;
  /** What the text says; null where one of both is no YAML. */
  readonly now: JsonObject | null;
}

const differencesTo = new WeakMap<
  KubernetesObject,
  { readonly before: KubernetesObject; readonly found: TextDifferences }
>();

/** Every difference that the change makes asks for the same. */
function textDifferences(before: KubernetesObject, after: KubernetesObject): TextDifferences {
  const known = differencesTo.get(after);
  if (known?.before === before) return known.found;
  const text = meshText(after);
  const [old, now] = [readMesh(meshText(before)), readMesh(text)];
  const isRead = old !== undefined && now !== undefined;
  const found = {
    all: listDifferences(old, now),
    text,
    locator: createLocator(text, 0),
    now: isRead ? asObject(now) : null,
  };
  differencesTo.set(after, { before, found });
  return found;
}

/** The differences that can decide about these verdicts; all of them where none can. */
function chooseDecisive(all: readonly ValueDifference[], difference: ExplainedDifference): readonly ValueDifference[] {
  const isBetweenUnregistered = [difference.before, difference.after].every(
    (verdict) => verdict === 'blocked' || verdict === 'unmeshed',
  );
  const chosen = all.filter(({ path: [field] }) => {
    const name = String(field);
    if (isBetweenUnregistered) return name === 'outboundTrafficPolicy';
    return difference.before === difference.after || isAbout(difference, DECIDES[name] ?? [difference.after]);
  });
  return (chosen.length > 0 ? chosen : all).flatMap(spellOut);
}

/** A policy that is new or gone is told by its mode. */
function spellOut({ path, before, after }: ValueDifference): ValueDifference[] {
  const [field] = path;
  if (path.length !== 1 || field !== 'outboundTrafficPolicy') return [{ path, before, after }];
  const modeOf = (value: JsonValue | undefined): JsonValue | undefined =>
    value === undefined ? undefined : (asObject(value)['mode'] ?? 'REGISTRY_ONLY');
  return [{ path: [field, 'mode'], before: modeOf(before), after: modeOf(after) }];
}

/** What a field's change comes to for the callers; empty where its words say it. */
function tellEffect(field: string, difference: ExplainedDifference, context: ExplainContext): string[] {
  const { before, after, ownersOf } = context;
  const viewers = namespacesOf(difference);
  const owners = (): string[] =>
    [...new Set(difference.destinations.flatMap(({ host }) => [...ownersOf(host)]))].sort();
  switch (field) {
    case 'outboundTrafficPolicy': {
      const mode = after.meshConfig.outboundTrafficPolicy;
      const [governing, lines] = [governingIn(after, difference), hostLinesFor(difference, context)];
      const isLeftOut = governing !== null && lines.isRegistered && !listsHost(governing, lines);
      const what = isLeftOut ? 'a Sidecar does not list' : 'nobody registered';
      const where = isLeftOut
        ? `, and nothing that ${placedTitle(governing, ['spec', 'egress', 0, 'hosts'])} lists ${lines.tellUnmatched(governing)}`
        : '';
      return [`; what ${what} is ${mode === 'ALLOW_ANY' ? 'let through' : 'blocked'} now${where}`];
    }
    case 'defaultServiceExportTo':
      return tellDefault(owners(), viewers, 'Services without exportTo', [before, after], ({ meshConfig, behavior }) =>
        defaultExportTo(meshConfig.defaultServiceExportTo, behavior.exportsToNamespacesByDefault),
      );
    case 'defaultVirtualServiceExportTo':
      return tellDefault(
        owners(),
        viewers,
        'VirtualServices without exportTo',
        [before, after],
        ({ meshConfig, behavior }) =>
          defaultExportTo(meshConfig.defaultVirtualServiceExportTo, behavior.exportsToNamespacesByDefault),
      );
    case 'defaultDestinationRuleExportTo':
      return tellDefault(
        owners(),
        viewers,
        'DestinationRules without exportTo',
        [before, after],
        ({ meshConfig }) => meshConfig.defaultDestinationRuleExportTo,
      );
    case 'discoverySelectors':
      return tellDiscovery([...new Set([...owners(), ...viewers])], before, after);
    case 'enableAutoMtls':
      return [
        after.meshConfig.enableAutoMtls
          ? '; sidecars use mutual TLS by themselves now'
          : '; sidecars use mutual TLS only where a DestinationRule says so now',
      ];
    default:
      return [];
  }
}

/** Whom a default takes objects of the destinations' namespaces from, or gives them to. */
function tellDefault(
  owners: readonly string[],
  viewers: readonly string[],
  what: string,
  meshes: readonly [PushContext, PushContext],
  defaultOf: (mesh: PushContext) => ExportTo,
): string[] {
  const [saw, see] = meshes.map((mesh) =>
    viewers.filter((viewer) => owners.some((owner) => isVisible(null, defaultOf(mesh), owner, viewer))),
  );
  const told = tellViewers(saw!, see!, `the ${what} of ${nameNamespaces(owners)}`);
  return told === '' ? [] : [told];
}

function tellDiscovery(namespaces: readonly string[], before: PushContext, after: PushContext): string[] {
  const looked = namespaces.filter((name) => looksAt(before.meshConfig, name, before.namespaceLabels.get(name) ?? {}));
  const looks = namespaces.filter((name) => looksAt(after.meshConfig, name, after.namespaceLabels.get(name) ?? {}));
  const lost = looked.filter((name) => !looks.includes(name));
  if (lost.length > 0) return [`; istiod no longer looks at ${nameNamespaces(lost)}`];
  const gained = looks.filter((name) => !looked.includes(name));
  return gained.length > 0 ? [`; istiod looks at ${nameNamespaces(gained)} now`] : [];
}

function meshText(object: KubernetesObject): string {
  return asString(asObject(object.body['data'])['mesh']);
}

/** Undefined for a text that is no YAML. */
function readMesh(text: string): JsonValue | undefined {
  return text.trim() === '' ? {} : readYaml(text).value;
}
