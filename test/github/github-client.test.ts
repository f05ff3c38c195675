import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { API_VERSION, fetchFromGitHub } from '../../src/github/github-client.js';

let server: Server;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** A server that announces `length` bytes of JSON, sends `text`, and breaks the connection. */
async function announce(length: number, text: string): Promise<string> {
  server = createServer((request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': length,
      'x-version': request.headers['x-github-api-version'],
    });
    response.flushHeaders();
    response.write(text, () => setTimeout(() => (text.length < length ? response.destroy() : response.end()), 50));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/repos?page=1`;
}

it.each(['', '[', '[{"id": 1}'])('takes no answer that breaks off after %j', async (text) => {
  await expect(fetchFromGitHub(await announce(100, text))).rejects.toThrow();
});

it('gives a whole answer, with its address and headers', async () => {
  const url = await announce(11, '[{"id": 1}]');
  const response = await fetchFromGitHub(url);
  expect([response.status, response.url, response.headers.get('x-version')]).toEqual([200, url, API_VERSION]);
  expect(await response.json()).toEqual([{ id: 1 }]);
});

it('ends when whoever asked wants no answer any more, in the middle of one too', async () => {
  const url = await announce(100, '[');
  const controller = new AbortController();
  const answer = fetchFromGitHub(url, { signal: controller.signal });
  server.once('request', () => controller.abort(new Error('Enough.')));
  await expect(answer).rejects.toThrow('Enough.');
  await expect(fetchFromGitHub(url, { signal: controller.signal })).rejects.toThrow('Enough.');
});
