import { generateKeyPairSync } from 'node:crypto';
import type { AppManifest } from './app-registration.js';
import type { Deliveries } from './deliveries.js';
import { completeShape } from './complete-shape.js';
import type { Limits } from './limits.js';
import type { OpenApiRequests } from './openapi-requests.js';
import { fullNameOf, type StoredInstallation, type StoredRepository } from './store.js';

export interface StandInApp {
  readonly id: number;
  readonly slug: string;
  /** PEM, PKCS #1, as GitHub hands keys out. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly webhookSecret: string;
  /** What installations grant. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
}

const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

export const DEFAULT_PERMISSIONS = {
  contents: 'read',
  pull_requests: 'write',
  checks: 'write',
  metadata: 'read',
  issues: 'read',
  merge_queues: 'read',
} as const;

export interface StoredToken {
  readonly installation: StoredInstallation;
  expiresAt: number;
}

/** All that this GitHub knows. */
export class World {
  readonly installations = new Map<number, StoredInstallation>();
  readonly tokens = new Map<string, StoredToken>();
  /** Token → login of a person. */
  readonly userTokens = new Map<string, string>();
  /** `organisation/team` → logins. */
  readonly teams = new Map<string, ReadonlySet<string>>();
  readonly #repositories = new Map<string, StoredRepository>();
  #nextId = 1000;
  /** The root of everything, without a slash at the end; known once the server listens. */
  webUrl = '';
  /** Looks at a pull request before its merge commit is made; asked anew whenever either side moves. */
  looksUntilMerged: () => number = () => 0;

  /** Code → the manifest that it stands for, until it is used. */
  readonly registrations = new Map<string, AppManifest>();
  /** Logins that nobody has any more. */
  readonly goneLogins = new Set<string>();
  /** The webhook's settings, where they are not those of a right App that listens where deliveries go. */
  hook: { url?: string | undefined; content_type?: string; secret?: string | undefined; insecure_ssl?: string } = {};

  constructor(
    public app: StandInApp,
    readonly limits: Limits,
    readonly deliveries: Deliveries,
    readonly openApi: OpenApiRequests,
  ) {}

  /** Where this GitHub itself departs from the description of GitHub; must stay empty. */
  readonly ownProblems: string[] = [];

  get apiUrl(): string {
    return `${this.webUrl}/api/v3`;
  }

  get repositories(): readonly StoredRepository[] {
    return [...this.#repositories.values()];
  }

  add(repository: StoredRepository): void {
    this.#repositories.set(fullNameOf(repository).toLowerCase(), repository);
  }

  find(owner: string, name: string): StoredRepository | null {
    return this.#repositories.get(`${owner}/${name}`.toLowerCase()) ?? null;
  }

  installationOf(account: string): StoredInstallation | null {
    return (
      [...this.installations.values()].find((each) => each.account.toLowerCase() === account.toLowerCase()) ?? null
    );
  }

  newId(): number {
    return this.#nextId++;
  }

  /** Gives a webhook's payload the shape that GitHub's has. */
  shapePayload(event: string, action: string | null, content: unknown): Readonly<Record<string, unknown>> {
    const place = this.openApi.payloadPointer(event, action);
    if (place === null) throw new Error(`GitHub sends no ${event} ${action ?? ''}.`);
    return this.shape(place, `${event} ${action ?? ''}`, content) as Readonly<Record<string, unknown>>;
  }

  /** Fills in what a schema requires, and holds the result against it. */
  shape(place: string, what: string, content: unknown): unknown {
    const shaped = completeShape(this.openApi, this.openApi.schemaAt(place), content);
    for (const problem of this.openApi.problemsAt(place, shaped)) this.ownProblems.push(`${what}: ${problem}`);
    return shaped;
  }
}

export function makeApp(
  id: number,
  slug: string,
  webhookSecret: string,
  permissions: StandInApp['permissions'],
): StandInApp {
  return { id, slug, ...KEYS, webhookSecret, permissions };
}
