/** Repeats requests to a registry, one after the other over a kept connection, and tells how long that took. */
import { Agent, request } from 'node:http';
import type { Recorded } from './gate-first.ts';

const agent = new Agent({ keepAlive: true });

process.on('message', (message: { readonly address: string; readonly requests: readonly Recorded[] }) => {
  void repeatAll(message.address, message.requests).then((ms) => process.send?.({ ms }));
});
process.on('disconnect', () => process.exit(0));

async function repeatAll(address: string, requests: readonly Recorded[]): Promise<number> {
  const begun = performance.now();
  for (const one of requests) await repeat(address, one);
  return performance.now() - begun;
}

function repeat(address: string, { method, path, accept }: Recorded): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${address}${path}`, { method, agent, headers: { accept } }, (answer) => {
      answer.on('end', resolve);
      answer.resume();
    });
    sent.on('error', reject);
    sent.end();
  });
}
