import { Fault, isFault } from '@pratique/runtime/fault';
import type { TransparencyLog } from '@pratique/sigstore';

/** The same log; where it cannot be reached, the fault also tells those who have none what to do. */
export function withAdvice(log: TransparencyLog): TransparencyLog {
  return {
    ...log,
    async add(proposal) {
      try {
        return await log.add(proposal);
      } catch (error) {
        if (!isFault(error, 'service-unreachable')) throw error;
        const { code, message, hint, values } = error;
        const advice = `Nothing was signed. Where no log can be reached or wanted, sign with --tlog-upload=false and verify with --insecure-ignore-tlog. Else: ${hint}`;
        throw new Fault({ code, message, hint: advice, values, cause: error.cause });
      }
    },
  };
}
