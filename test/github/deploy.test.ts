import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readAppConfiguration } from '../../src/github/app-configuration.js';
import { readDocument } from '../document.js';
import { PRIVATE_KEY } from './app-process.js';

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [
          {
            readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
            readonly env: readonly { readonly name: string; readonly value: string }[];
            readonly ports: readonly { readonly containerPort: number }[];
            readonly livenessProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
          },
        ];
      };
    };
  };
}

/** What the file of `serve --setup` holds, of which the secret is made. */
const SECRETS: Readonly<Record<string, string>> = { APP_ID: '17', WEBHOOK_SECRET: 'hush', PRIVATE_KEY };
/** What one more file may take once the time of an analysis is over, and what a slow machine adds. */
const SPARE_SECONDS = 30;

function readDeployment(): Deployment['spec']['template'] {
  const [first] = parseAllDocuments(readDocument('deploy/kubernetes.yaml'));
  return (first?.toJS() as Deployment).spec.template;
}

describe('deploy/kubernetes.yaml', () => {
  it('configures a runnable App, on the ports that it names, and leaves it the time to stop', () => {
    const { metadata, spec } = readDeployment();
    const [{ envFrom, env, ports }] = spec.containers;
    expect(envFrom).toEqual([{ secretRef: { name: 'egress-scope' } }]);
    const given = [...Object.entries(SECRETS), ...env.map(({ name, value }) => [name, value] as const)];
    const { port, metricsPort, drainSeconds } = readAppConfiguration(Object.fromEntries(given));
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([port, metricsPort]);
    expect(metadata.annotations['prometheus.io/port']).toBe(String(metricsPort));
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds + 5);
  });

  it('takes no process for dead that is at the longest analysis, and neither does the image', () => {
    const { analysisSeconds } = readAppConfiguration(SECRETS);
    const [{ livenessProbe }] = readDeployment().spec.containers;
    const { periodSeconds, failureThreshold } = livenessProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThan(analysisSeconds + SPARE_SECONDS);
    const [, interval, retries] =
      /^HEALTHCHECK --interval=(\d+)s .*--retries=(\d+)/m.exec(readDocument('Dockerfile')) ?? [];
    expect(Number(interval) * Number(retries)).toBeGreaterThan(analysisSeconds);
  });
});
