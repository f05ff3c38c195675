import { embeddedCoordination, type Coordination, type CoordinationOptions } from './coordination.js';

/** @param redisUrl null for a process that works alone. Redis' client takes time to load, so it is only where it is needed. */
export async function openCoordination(redisUrl: string | null, options: CoordinationOptions): Promise<Coordination> {
  if (redisUrl === null) return embeddedCoordination(options);
  const { coordinateByRedis } = await import('./redis/redis-coordination.js');
  return coordinateByRedis(redisUrl, options);
}
