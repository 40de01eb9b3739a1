import { createServer } from 'node:net';
import { testbedFault } from '../errors.ts';

const portsTried = 50;

/** The first port from `wanted` on that nothing listens on at 127.0.0.1. */
export async function freePortFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + portsTried, 65_536); port += 1) {
    if (await isFree(port)) return port;
  }
  throw testbedFault({
    code: 'no-free-port',
    message: `None of the ${portsTried} ports from ${wanted} on is free.`,
    hint: 'Set PORT to a port that is free.',
    values: { wanted },
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
