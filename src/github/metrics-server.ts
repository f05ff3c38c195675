import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Metrics } from './metrics.js';

export const METRICS_PATH = '/metrics';

/** An HTTP server that answers for the metrics and nothing else, for a port that the outside does not reach. */
export function createMetricsServer(metrics: Metrics): Server {
  return createServer((request, response) => {
    if (request.url?.split('?', 1)[0] === METRICS_PATH) return void answerMetrics(response, metrics);
    response.writeHead(404).end();
  });
}

export async function answerMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  const { contentType, text } = await metrics.render();
  response.writeHead(200, { 'content-type': contentType }).end(text);
}
