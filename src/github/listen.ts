import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from './app-configuration.js';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there; choose another',
  EACCES: 'this user may not; choose one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; see HOST',
  ENOTFOUND: 'the name is unknown; see HOST',
};

/** Begins to listen, and returns the port.
 *
 * @throws ConfigurationError where the address is not to be had. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? REASONS[String(error.code)] : undefined;
    if (reason === undefined) throw error;
    throw new ConfigurationError([`${host}, port ${port}, cannot be listened on: ${reason}.`]);
  }
  return (server.address() as AddressInfo).port;
}
