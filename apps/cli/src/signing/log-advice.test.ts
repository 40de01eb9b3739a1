import { describe, expect, it } from 'vitest';
import { Fault } from '@pratique/runtime/fault';
import type { LogProposal, TransparencyLog } from '@pratique/sigstore';
import { withAdvice } from './log-advice.ts';

const proposal = { kind: 'hashedrekord' } as LogProposal;

function failing(code: string): TransparencyLog {
  const fault = new Fault({ code, message: 'The log is away.', hint: 'Check the network.' });
  return { url: 'https://log.example.com', apiVersion: 1, add: () => Promise.reject(fault) };
}

describe('a transparency log that fails', () => {
  it('is told with what to do where there is none', async () => {
    await expect(withAdvice(failing('service-unreachable')).add(proposal)).rejects.toMatchObject({
      code: 'service-unreachable',
      hint: expect.stringMatching(/--tlog-upload=false.*Check the network/),
    });
  });

  it('is told as it is where something else is wrong', async () => {
    await expect(withAdvice(failing('service-refused')).add(proposal)).rejects.toMatchObject({
      hint: 'Check the network.',
    });
  });
});
