import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readAppConfiguration } from '../../src/github/app-configuration.js';
import { readDocument } from '../document.js';
import { PRIVATE_KEY } from './app-process.js';

type Labels = Readonly<Record<string, string>>;

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [
          {
            readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
            readonly env: readonly EnvironmentVariable[];
            readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
            readonly livenessProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
          },
        ];
      };
    };
  };
}

interface NamedPort {
  readonly port: string | number;
}

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = 'deploy/kubernetes';
/** What the file of `serve --setup` holds, of which the secret is made, with the line that is to be added. */
const SECRETS: Readonly<Record<string, string>> = {
  APP_ID: '17',
  WEBHOOK_SECRET: 'hush',
  PRIVATE_KEY,
  EGRESS_SCOPE_REDIS_URL: 'rediss://user:password@redis.example:6379/0',
};
/** What one more file may take once the time of an analysis is over, and what a slow machine adds. */
const SPARE_SECONDS = 30;

function read(name: string): unknown {
  return parse(readDocument(`${FOLDER}/${name}`));
}

const deployment = read('deployment.yaml') as Deployment;
const [container] = deployment.spec.template.spec.containers;

describe('deploy/kubernetes', () => {
  const { labels } = deployment.spec.template.metadata;

  it('configures a runnable App, on the ports that it names, and leaves it the time to stop', () => {
    const { envFrom, env, ports } = container;
    expect(envFrom).toEqual([{ secretRef: { name: 'egress-scope' } }]);
    const given = env.map(({ name, value, valueFrom }) => {
      if (valueFrom) expect(valueFrom.secretKeyRef.name).toBe('egress-scope');
      return [name, value ?? SECRETS[valueFrom?.secretKeyRef.key ?? '']] as const;
    });
    const configuration = readAppConfiguration({ ...SECRETS, ...Object.fromEntries(given) });
    const { port, metricsPort, drainSeconds, redisUrl } = configuration;
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([port, metricsPort]);
    expect(redisUrl).toBe(SECRETS['EGRESS_SCOPE_REDIS_URL']);
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds + 5);
  });

  it('starts nothing that would not share its work', () => {
    const [redis] = container.env.filter(({ name }) => name === 'EGRESS_SCOPE_REDIS_URL');
    // Not optional: Kubernetes starts no container without it.
    expect(redis?.valueFrom?.secretKeyRef).toEqual({ name: 'egress-scope', key: 'EGRESS_SCOPE_REDIS_URL' });
  });

  it('takes no process for dead that is at the longest analysis, and neither does the image', () => {
    const { analysisSeconds } = readAppConfiguration(SECRETS);
    const { periodSeconds, failureThreshold } = container.livenessProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThan(analysisSeconds + SPARE_SECONDS);
    const [, interval, retries] =
      /^HEALTHCHECK --interval=(\d+)s .*--retries=(\d+)/m.exec(readDocument('Dockerfile')) ?? [];
    expect(Number(interval) * Number(retries)).toBeGreaterThan(analysisSeconds);
  });

  it('means the same pods and ports everywhere', () => {
    interface Service {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly selector: Labels;
        readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
      };
    }
    interface Selecting {
      readonly spec: {
        readonly selector?: { readonly matchLabels: Labels };
        readonly podSelector?: { readonly matchLabels: Labels };
        readonly ingress?: readonly { readonly ports: readonly NamedPort[] }[];
        readonly endpoints?: readonly NamedPort[];
      };
    }
    const service = read('service.yaml') as Service;
    const containerPorts = container.ports.map(({ name }) => name);
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(service.spec.ports.map(({ targetPort }) => targetPort)).toEqual(containerPorts);
    expect((read('pod-disruption-budget.yaml') as Selecting).spec.selector?.matchLabels).toEqual(labels);
    const policy = (read('network-policy.yaml') as Selecting).spec;
    expect(policy.podSelector?.matchLabels).toEqual(labels);
    expect(policy.ingress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(containerPorts);
    const monitor = (read('service-monitor.yaml') as Selecting).spec;
    expect(monitor.selector?.matchLabels).toEqual(service.metadata.labels);
    const servicePorts = service.spec.ports.map(({ name }) => name);
    for (const { port } of monitor.endpoints ?? []) expect(servicePorts).toContain(port);
  });

  it('leaves it to one object how many there are, and keeps one of them', () => {
    interface Autoscaler {
      readonly spec: {
        readonly minReplicas: number;
        readonly scaleTargetRef: { readonly kind: string; readonly name: string };
      };
    }
    const { minReplicas, scaleTargetRef } = (read('horizontal-pod-autoscaler.yaml') as Autoscaler).spec;
    expect(deployment.spec.replicas).toBeUndefined();
    expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name: deployment.metadata.name });
    const { minAvailable } = (read('pod-disruption-budget.yaml') as { spec: { minAvailable: number } }).spec;
    expect(minReplicas).toBeGreaterThan(minAvailable);
  });

  it('is applied as a whole, but for what needs a definition of somebody else’s', () => {
    const { resources } = read('kustomization.yaml') as { resources: readonly string[] };
    const files = readdirSync(path.join(ROOT, FOLDER)).filter((name) => name !== 'kustomization.yaml');
    expect([...resources, 'service-monitor.yaml'].sort()).toEqual(files.sort());
  });

  it('is something that this program reads without a doubt', async () => {
    const program = path.join(ROOT, 'dist/bin/egress-scope.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'reach', FOLDER, '--format', 'json'], {
      cwd: ROOT,
    });
    const answer = JSON.parse(stdout) as {
      readonly groups: readonly { readonly workloads: readonly object[] }[];
      readonly rejected: readonly object[];
      readonly diagnostics: readonly { readonly code: string }[];
    };
    expect(answer.groups.flatMap(({ workloads }) => workloads)).toMatchObject([{ name: 'egress-scope' }]);
    expect(answer.rejected).toEqual([]);
    // The namespace is whoever applies them to choose.
    expect(answer.diagnostics.map(({ code }) => code)).toEqual(['undeclared-namespace']);
  });
});

/** Programs of others, and a schema out of one, of which CI has to have all. */
const { KUBERNETES_VALIDATE_BIN: kubernetesValidate = '', COMPOSE_SCHEMA: composeSchema = '' } = process.env;
if (!kubernetesValidate) console.warn('Skipped: there is no KUBERNETES_VALIDATE_BIN.');
if (!composeSchema) console.warn('Skipped: there is no COMPOSE_SCHEMA.');

describe.skipIf(!kubernetesValidate && !process.env['CI'])('the schemas of Kubernetes', () => {
  it.each(['1.28', '1.37'])('of version %s let everything in deploy/kubernetes pass that is theirs', (version) => {
    const files = readdirSync(path.join(ROOT, FOLDER)).map((name) => path.join(FOLDER, name));
    const args = ['--strict', '--no-warn', '-k', `${version}.0`];
    const passed = files.filter((file) => {
      const { kind } = parse(readDocument(file)) as { readonly kind: string };
      if (kind === 'Kustomization' || kind === 'ServiceMonitor') return false;
      const said = execFileSync(kubernetesValidate, [...args, file], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
      expect(said).not.toMatch(/WARN|ERROR/);
      return true;
    });
    expect(passed).toHaveLength(5);
  });

  it('refuse what is not theirs', () => {
    const check = (): unknown =>
      execFileSync(kubernetesValidate, ['--strict', '-'], {
        input: readDocument(`${FOLDER}/service.yaml`).replace('targetPort', 'targetport'),
        stdio: 'pipe',
      });
    expect(check).toThrow();
  });
});

interface Compose {
  readonly services: Readonly<
    Record<
      'app' | 'redis',
      {
        readonly environment: Readonly<Record<string, string>>;
        readonly networks: readonly string[];
        readonly ports?: readonly string[];
        readonly stop_grace_period: string;
      }
    >
  >;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

describe('deploy/compose.yaml', () => {
  const [document] = parseAllDocuments(readDocument('deploy/compose.yaml'));
  const { services, networks } = document?.toJS() as Compose;

  it('configures a runnable App with a Redis that nobody else reaches', () => {
    const { app, redis } = services;
    const { port, redisUrl, drainSeconds } = readAppConfiguration({ ...SECRETS, ...app.environment });
    expect(app.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(new URL(redisUrl ?? '').hostname).toBe('redis');
    expect(Number.parseInt(app.stop_grace_period, 10)).toBeGreaterThan(drainSeconds + 5);
    expect(redis.ports).toBeUndefined();
    expect(redis.networks).toEqual(['inside']);
    expect(networks['inside']?.internal).toBe(true);
    expect(app.networks).toContain('inside');
  });

  it.skipIf(!composeSchema && !process.env['CI'])('is what Compose’s schema says', () => {
    expect(existsSync(composeSchema)).toBe(true);
    // An older draft calls its ids and itself otherwise.
    const schema = JSON.parse(readFileSync(composeSchema, 'utf8'), (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ) as object;
    const check = new Ajv({ strict: false, logger: false, validateFormats: false }).compile(schema);
    expect([check(document?.toJS()), check.errors]).toEqual([true, null]);
    expect(check({ services: { app: { image: 1 } } })).toBe(false);
  });
});
